// The compiler: what it compiles is here already, so that it only has to say for which factors.
#include <stdio.h>
#include <string.h>

#include <string>

#include "device.h"

namespace {

struct Program {
  std::string source, image, log;
};

int version(int *major, int *minor) { return *major = 13, *minor = 0, 0; }

int create(
    void **program, const char *source, const char *, int, const char *const *,
    const char *const *) {
  return *program = new Program{source, "", ""}, 0;
}

int destroy(void **program) { return delete (Program *)*program, 0; }

int compile(void *raw, int count, const char *const *options) {
  Program *program = (Program *)raw;
  int factor = -1;
  for (int index = 0; index < count; index++) sscanf(options[index], "-DFACTOR=%d", &factor);
  if (factor < 0 || program->source.find("KERNEL(norm_rows)") == std::string::npos) {
    program->log = "error: no kernels";
    return 6;
  }
  program->image = "host " + std::to_string(factor);
  return 0;
}

int imageBytes(void *program, size_t *bytes) {
  return *bytes = ((Program *)program)->image.size() + 1, 0;
}

int image(void *program, char *image) {
  return strcpy(image, ((Program *)program)->image.c_str()), 0;
}

int logBytes(void *program, size_t *bytes) {
  return *bytes = ((Program *)program)->log.size() + 1, 0;
}

int log(void *program, char *log) { return strcpy(log, ((Program *)program)->log.c_str()), 0; }

HostCall calls[] = {
    {"nvrtcVersion", (void *)version},
    {"nvrtcCreateProgram", (void *)create},
    {"nvrtcDestroyProgram", (void *)destroy},
    {"nvrtcCompileProgram", (void *)compile},
    {"nvrtcGetCUBINSize", (void *)imageBytes},
    {"nvrtcGetCUBIN", (void *)image},
    {"nvrtcGetProgramLogSize", (void *)logBytes},
    {"nvrtcGetProgramLog", (void *)log},
};

}  // namespace

HostCalls hostCompilerCalls() { return {calls, sizeof calls / sizeof calls[0]}; }
