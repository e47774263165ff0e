# What is installed, how others find it, and the Debian packages made of it.

install(TARGETS hisession EXPORT hisession
  LIBRARY COMPONENT runtime NAMELINK_COMPONENT development)
install(TARGETS hisession_static EXPORT hisession
  ARCHIVE COMPONENT development)
install(DIRECTORY include/hisession TYPE INCLUDE COMPONENT development
  FILES_MATCHING PATTERN *.h)
include(src/manual/manual.cmake)

# Each package holds the licence where Debian's do.
set(runtime_package libhisession${PROJECT_VERSION_MAJOR})
set(development_package libhisession-dev)
foreach(component runtime development)
  install(FILES LICENSE RENAME copyright COMPONENT ${component}
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${${component}_package})
endforeach()

# ---- For find_package --------------------------------------------------------

include(CMakePackageConfigHelpers)

set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hisession)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/hisession-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/hisession-config-version.cmake
  DESTINATION ${cmake_dir} COMPONENT development)
# The targets need no other package, so they are all that the config holds.
install(EXPORT hisession NAMESPACE hisession:: FILE hisession-config.cmake
  DESTINATION ${cmake_dir} COMPONENT development)

# ---- For pkg-config ----------------------------------------------------------

# Paths are relative to the file, so that the installed tree can be moved.
file(RELATIVE_PATH PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
file(RELATIVE_PATH PC_LIBDIR ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
file(RELATIVE_PATH PC_INCLUDEDIR ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
string(REGEX REPLACE "/$" "" PC_PREFIX ${PC_PREFIX})
set(PC_REQUIRES "libcjson libsodium")
if(NOT private_hiredis)
  string(APPEND PC_REQUIRES " hiredis >= 1.2")
endif()
configure_file(src/hisession.pc.in ${PROJECT_BINARY_DIR}/hisession.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/hisession.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# ---- Debian packages ---------------------------------------------------------

if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The hisession authors <hisession@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_COMPONENTS_ALL runtime development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/src/package.cmake)

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${runtime_package})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_GENERATE_SHLIBS ON)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME ${development_package})
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(dev_depends "${runtime_package} (= ${PROJECT_VERSION})"
                libcjson-dev libsodium-dev)
if(NOT private_hiredis)
  list(APPEND dev_depends "libhiredis-dev (>= 1.2)")
endif()
list(JOIN dev_depends ", " CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS)

include(CPack)
