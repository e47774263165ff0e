/* Loads the library, finds every public function, unloads it; several times. */
#include <dlfcn.h>
#include <stdio.h>

#define SYMBOL(name) #name,
static const char *const names[] = {
#include "symbols.inc"
};

static int load_and_unload(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        printf("%s\n", dlerror());
        return 1;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (dlsym(library, names[i]) == NULL) {
            printf("%s\n", dlerror());
            return 1;
        }
    }
    return dlclose(library);
}

int main(int argc, char **argv)
{
    int failed = argc != 2;
    for (int i = 0; i < 3 && !failed; i++)
        failed = load_and_unload(argv[1]);
    return failed;
}
