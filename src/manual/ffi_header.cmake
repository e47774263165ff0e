# Makes hisession/ffi.h, the whole API for FFI loaders (cffi, LuaJIT, PHP, koffi),
# which have no preprocessor and know no attributes: one declaration a line.
#
#   cmake -D COMPILER=... -D INCLUDE=FOLDER -D OUTPUT=FILE -P ffi_header.cmake

get_filename_component(work ${OUTPUT} DIRECTORY)
file(GLOB headers RELATIVE ${INCLUDE} ${INCLUDE}/hisession/*.h)
list(TRANSFORM headers REPLACE "(.+)" "#include \"\\1\"\n")
list(JOIN headers "" all)
file(WRITE ${work}/all.c "${all}")

# Loaders know size_t and int64_t by themselves, so these add nothing.
file(WRITE ${work}/system/stddef.h "")
file(WRITE ${work}/system/stdint.h "")

execute_process(
  COMMAND ${COMPILER} -E -P -nostdinc "-D__attribute__(list)="
    -I ${INCLUDE} -I ${work}/system ${work}/all.c
  OUTPUT_VARIABLE text
  COMMAND_ERROR_IS_FATAL ANY
)
string(REGEX REPLACE "[ \t\n]+" " " text "${text}")
string(REPLACE "; " ";\n" text "${text}")
string(STRIP "${text}" text)
file(WRITE ${OUTPUT} "${text}\n")
