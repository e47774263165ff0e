# What developers get besides the headers, all of it made from them.

file(GLOB public_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/hisession/*.h)

# ---- For other languages -----------------------------------------------------

set(ffi_header ${PROJECT_BINARY_DIR}/ffi/ffi.h)
add_custom_command(
  OUTPUT ${ffi_header}
  COMMAND ${CMAKE_COMMAND} -D COMPILER=${CMAKE_C_COMPILER}
    -D INCLUDE=${PROJECT_SOURCE_DIR}/include -D OUTPUT=${ffi_header}
    -P ${CMAKE_CURRENT_LIST_DIR}/ffi_header.cmake
  DEPENDS ${public_headers} ${CMAKE_CURRENT_LIST_DIR}/ffi_header.cmake
  VERBATIM
)
add_custom_target(hisession_ffi_header ALL DEPENDS ${ffi_header})
install(FILES ${ffi_header}
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hisession COMPONENT development)

# ---- Examples ----------------------------------------------------------------

install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT development
  PATTERN run.sh EXCLUDE
  PATTERN __pycache__ EXCLUDE)

# ---- Man pages and HTML ------------------------------------------------------

find_package(Python3 3.9 COMPONENTS Interpreter QUIET)
if(NOT Python3_FOUND)
  message(STATUS "No Python 3.9 or later: the manual is not built")
  return()
endif()

# The head comment of session.h holds for all headers, so that one comes first.
list(REMOVE_ITEM public_headers ${PROJECT_SOURCE_DIR}/include/hisession/session.h)
list(PREPEND public_headers ${PROJECT_SOURCE_DIR}/include/hisession/session.h)

set(manual ${PROJECT_BINARY_DIR}/manual)
file(GLOB generator CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.py)
add_custom_command(
  OUTPUT ${manual}/hisession.html
  COMMAND Python3::Interpreter -B ${CMAKE_CURRENT_LIST_DIR}/generate.py
    ${PROJECT_VERSION} ${manual} ${public_headers}
  DEPENDS ${public_headers} ${generator} ${CMAKE_CURRENT_LIST_DIR}/style.css
  VERBATIM
)
add_custom_target(hisession_manual ALL DEPENDS ${manual}/hisession.html)
install(DIRECTORY ${manual}/man/
  DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT development)
install(FILES ${manual}/hisession.html
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT development)
