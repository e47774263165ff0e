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
add_custom_target(ffi_header ALL DEPENDS ${ffi_header})
install(FILES ${ffi_header}
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hisession COMPONENT development)
