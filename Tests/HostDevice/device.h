// What the parts of the device share.
#pragma once
#include <functional>

#include "include/HostDevice.h"

struct HostCall {
  const char *name;
  void *address;
};

struct HostCalls {
  HostCall *first;
  size_t count;
};

HostCalls hostDriverCalls();
HostCalls hostStreamCalls();
HostCalls hostProductCalls();
HostCalls hostCompilerCalls();
HostCalls hostMonitorCalls();

/// Counts a call, and says how it has to fail.
int hostEnter(const char *name);

#define ENTER(name) \
  if (const int status = hostEnter(#name)) return status

/// Takes up a fault that somebody outside has asked for.
void hostReadFault();

/// After an error that only a fresh context ends.
bool hostDeviceIsLost();

/// At once, or when the graph runs whose capture the stream has begun.
void hostEnqueue(void *stream, std::function<void()> work);
