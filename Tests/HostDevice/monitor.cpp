// What the card says of itself: always the same, or nothing.
#include "device.h"

namespace {

int start() { return 0; }
int stop() { return 0; }

int handle(const char *, void **device) {
  static int card;
  return *device = &card, 0;
}

int rates(void *, CUDAUtilization *rates) { return *rates = {40, 20}, 0; }
int memory(void *, CUDAMemoryUse *memory) { return *memory = {1000, 700, 300}, 0; }

int temperature(void *, int sensor, unsigned *celsius) {
  ENTER(nvmlDeviceGetTemperature);
  return *celsius = 61, sensor;
}

int power(void *, unsigned *) { return 3; }  // not supported

HostCall calls[] = {
    {"nvmlInit_v2", (void *)start},
    {"nvmlShutdown", (void *)stop},
    {"nvmlDeviceGetHandleByPciBusId_v2", (void *)handle},
    {"nvmlDeviceGetUtilizationRates", (void *)rates},
    {"nvmlDeviceGetMemoryInfo", (void *)memory},
    {"nvmlDeviceGetTemperature", (void *)temperature},
    {"nvmlDeviceGetPowerUsage", (void *)power},
};

}  // namespace

HostCalls hostMonitorCalls() { return {calls, sizeof calls / sizeof calls[0]}; }
