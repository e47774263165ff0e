# Puts the Lua scripts into scripts.c, without their comments, and with the
# SHA-1 by which a server knows them.

foreach(file store/end store/replace users/clear users/place users/reserve users/user_list)
  get_filename_component(name ${file} NAME)
  set(file ${PROJECT_SOURCE_DIR}/src/${file}.lua)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  string(PREPEND text "\n")
  string(REGEX REPLACE "\n *--[^\n]*" "" text "${text}")
  string(REGEX REPLACE "\n[ \n]*" "\n" text "${text}")
  string(REGEX REPLACE "^\n" "" text "${text}")
  string(SHA1 ${name}_hash "${text}")
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n    \"" ${name}_text "${text}")
endforeach()

configure_file(${PROJECT_SOURCE_DIR}/src/redis/scripts.c.in ${PROJECT_BINARY_DIR}/scripts.c @ONLY)
