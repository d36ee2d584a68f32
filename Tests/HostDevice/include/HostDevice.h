// A device that is this processor: the calls of NVIDIA's driver, product library and compiler, as far as grounded
// makes them, done in plain C++ with the same kernels. What runs on it has proven everything but the hardware.
#pragma once
#include "../../../Sources/CCUDA/shim.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The address of a call, or nothing where there is none of that name.
void *hostDeviceSymbol(const char *name);

/// The call of that name answers `status` from its `call`-th use on, counted from 1, until the last context
/// ends or, if `lasts`, for good. No name: all is well again.
void hostDeviceFail(const char *name, int call, int status, int lasts);

/// Products are wrong by a tenth from now on, or no longer.
void hostDeviceSpoil(int isWrong);

/// How often the call of that name was made since the device was reset.
int hostDeviceCalls(const char *name);

/// Bytes of device memory that are in use.
size_t hostDeviceBytes(void);

/// It has no more than so much memory from now on.
void hostDeviceLimit(size_t bytes);

/// A device as new, with so much memory.
void hostDeviceReset(size_t bytes);

#ifdef __cplusplus
}
#endif
