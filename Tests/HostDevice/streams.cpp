// Streams that do everything at once, graphs that remember, kernels and events.
#include <stdio.h>
#include <time.h>

#include <map>
#include <set>
#include <vector>

#include "device.h"
#include "threads.h"

namespace {

enum { invalidValue = 1, notFound = 500, captureUnjoined = 904 };

struct Graph {
  std::vector<std::function<void()>> steps;
};

struct Stream {
  Graph *captured = nullptr;
  // What a capture has of it, and how much of that another stream waits for.
  int steps = 0, awaited = 0;
};

struct Event {
  timespec time;
  Stream *stream = nullptr;
  Graph *captured = nullptr;
  int steps = 0;
};

std::set<Stream *> streams;

struct Module { int factor; };
struct Function { Kernel kernel; };

int streamCreate(void **stream, unsigned) {
  ENTER(cuStreamCreate);
  Stream *made = new Stream;
  streams.insert(made);
  return *stream = made, 0;
}

int streamDestroy(void *stream) {
  streams.erase((Stream *)stream);
  return delete (Stream *)stream, 0;
}

int streamWait(void *) { ENTER(cuStreamSynchronize); return 0; }

int beginCapture(void *stream, int) {
  ENTER(cuStreamBeginCapture_v2);
  if (((Stream *)stream)->captured) return invalidValue;
  ((Stream *)stream)->captured = new Graph;
  return 0;
}

int endCapture(void *stream, void **graph) {
  ENTER(cuStreamEndCapture);
  Graph *captured = ((Stream *)stream)->captured;
  bool isJoined = true;
  for (Stream *one : streams)
    if (one->captured == captured) {
      isJoined = isJoined && (one == stream || one->awaited == one->steps);
      one->captured = nullptr;
      one->steps = one->awaited = 0;
    }
  *graph = captured && isJoined ? captured : nullptr;
  return !captured ? invalidValue : isJoined ? 0 : (delete captured, captureUnjoined);
}

int instantiate(void **runnable, void *graph, unsigned long long) {
  ENTER(cuGraphInstantiateWithFlags);
  return *runnable = new Graph(*(Graph *)graph), 0;
}

int graphLaunch(void *runnable, void *stream) {
  ENTER(cuGraphLaunch);
  for (auto &step : ((Graph *)runnable)->steps) hostEnqueue(stream, step);
  return 0;
}

int graphDestroy(void *graph) { return delete (Graph *)graph, 0; }

int moduleLoad(void **module, const void *image) {
  ENTER(cuModuleLoadData);
  int factor;
  if (sscanf((const char *)image, "host %d", &factor) != 1) return invalidValue;
  return *module = new Module{factor}, 0;
}

int moduleUnload(void *module) { return delete (Module *)module, 0; }

int moduleFunction(void **function, void *module, const char *name) {
  ENTER(cuModuleGetFunction);
  Kernel kernel = hostKernel(name, ((Module *)module)->factor);
  if (!kernel) return notFound;
  static std::map<Kernel, Function> known;
  known[kernel].kernel = kernel;
  return *function = &known[kernel], 0;
}

int launch(
    void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
    unsigned blockY, unsigned blockZ, unsigned, void *stream, void **arguments, void **) {
  ENTER(cuLaunchKernel);
  const unsigned threads = blockX * blockY * blockZ;
  if (!gridX || !gridY || !gridZ || !threads || threads > 1024 || gridY > 65535 || gridZ > 65535)
    return invalidValue;
  KernelArguments copy = *(const KernelArguments *)arguments[0];
  Kernel kernel = ((Function *)function)->kernel;
  hostEnqueue(stream, [=] {
    hostLaunch(kernel, copy, {gridX, gridY, gridZ}, {blockX, blockY, blockZ});
  });
  return 0;
}

int eventCreate(void **event, unsigned) { return *event = new Event, 0; }

int eventRecord(void *raw, void *stream) {
  Event *event = (Event *)raw;
  event->stream = (Stream *)stream;
  event->captured = event->stream->captured;
  event->steps = event->stream->steps;
  if (!event->captured) clock_gettime(CLOCK_MONOTONIC, &event->time);
  return 0;
}

// A stream that waits for another's capture becomes a part of it.
int streamWaitEvent(void *stream, void *event, unsigned) {
  ENTER(cuStreamWaitEvent);
  const Event &awaited = *(Event *)event;
  if (!awaited.captured) return 0;
  ((Stream *)stream)->captured = awaited.captured;
  ((Stream *)stream)->steps++;
  awaited.stream->awaited = awaited.steps;
  return 0;
}

int eventWait(void *) { ENTER(cuEventSynchronize); return 0; }

int eventTime(float *milliseconds, void *begin, void *end) {
  const timespec &a = ((Event *)begin)->time, &b = ((Event *)end)->time;
  *milliseconds = (b.tv_sec - a.tv_sec) * 1e3f + (b.tv_nsec - a.tv_nsec) / 1e6f;
  return 0;
}

int eventDestroy(void *event) { return delete (Event *)event, 0; }

HostCall calls[] = {
    {"cuStreamCreate", (void *)streamCreate}, {"cuStreamDestroy_v2", (void *)streamDestroy},
    {"cuStreamSynchronize", (void *)streamWait}, {"cuStreamBeginCapture_v2", (void *)beginCapture},
    {"cuStreamEndCapture", (void *)endCapture},
    {"cuGraphInstantiateWithFlags", (void *)instantiate}, {"cuGraphLaunch", (void *)graphLaunch},
    {"cuGraphExecDestroy", (void *)graphDestroy}, {"cuGraphDestroy", (void *)graphDestroy},
    {"cuModuleLoadData", (void *)moduleLoad}, {"cuModuleGetFunction", (void *)moduleFunction},
    {"cuModuleUnload", (void *)moduleUnload}, {"cuLaunchKernel", (void *)launch},
    {"cuEventCreate", (void *)eventCreate}, {"cuEventRecord", (void *)eventRecord},
    {"cuStreamWaitEvent", (void *)streamWaitEvent}, {"cuEventSynchronize", (void *)eventWait},
    {"cuEventElapsedTime", (void *)eventTime}, {"cuEventDestroy_v2", (void *)eventDestroy},
};

}  // namespace

HostCalls hostStreamCalls() { return {calls, sizeof calls / sizeof calls[0]}; }

void hostEnqueue(void *stream, std::function<void()> work) {
  Graph *captured = stream ? ((Stream *)stream)->captured : nullptr;
  if (!captured) return work();
  captured->steps.push_back(work);
  ((Stream *)stream)->steps++;
}

