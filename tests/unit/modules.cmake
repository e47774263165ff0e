# Fails if a module of the lower layers has no test of its own.
#
#   cmake -D SOURCE_DIR=... -P tests/unit/modules.cmake

cmake_minimum_required(VERSION 3.25)

# Needs real servers of both kinds: integration/test_subscriber.c.
set(tested_elsewhere subscriber)

set(missing "")
foreach(layer base config record redis)
  file(GLOB modules RELATIVE ${SOURCE_DIR}/src/${layer} ${SOURCE_DIR}/src/${layer}/*.c)
  foreach(module ${modules})
    string(REPLACE ".c" "" name ${module})
    if(NOT name IN_LIST tested_elsewhere AND NOT EXISTS ${SOURCE_DIR}/tests/unit/test_${name}.c)
      string(APPEND missing "\n  src/${layer}/${module}: tests/unit/test_${name}.c is missing")
    endif()
  endforeach()
endforeach()
if(missing)
  message(FATAL_ERROR "Modules without a test of their own:${missing}")
endif()
