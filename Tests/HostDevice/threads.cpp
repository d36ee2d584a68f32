#include "threads.h"

#include <setjmp.h>
#include <ucontext.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

Triple hostBlockIndex, hostBlockSize, hostGridSize;

namespace {

/// A stack on which threads run: another thread when the last one has ended, for as long as none waits on it.
struct Carrier {
  ucontext_t begin;
  jmp_buf place;
  bool hasBegun = false;
  std::vector<char> stack = std::vector<char>(128 << 10);
  unsigned thread = 0;
  bool isIdle = true;
};

struct Barrier {
  unsigned arrived = 0, generation = 0;
};

struct Block {
  Kernel kernel;
  const KernelArguments *arguments;
  unsigned threads, begun, ended;
  Barrier all, warps[32];
  float said[1024];
  unsigned shown[1024][6];
};

Block block;
jmp_buf scheduler;
Carrier *current;
std::deque<std::unique_ptr<Carrier>> carriers;

// Contexts serve only to begin: to change between them asks the system for signals, which takes far
// longer than a jump.
__attribute__((noinline)) void giveWay() {
  if (_setjmp(current->place) == 0) _longjmp(scheduler, 1);
}

/// Lets a carrier go on until it gives way.
__attribute__((noinline)) void resume() {
  if (_setjmp(scheduler) != 0) return;
  if (current->hasBegun) _longjmp(current->place, 1);
  current->hasBegun = true;
  setcontext(&current->begin);
}

void carry() {
  for (;;) {
    current->isIdle = false;
    while (block.begun < block.threads) {
      current->thread = block.begun++;
      block.kernel(*block.arguments);
      block.ended++;
    }
    current->isIdle = true;
    giveWay();
  }
}

void wait(Barrier &barrier, unsigned count) {
  if (++barrier.arrived == count) {
    barrier.arrived = 0;
    barrier.generation++;
    return;
  }
  const unsigned generation = barrier.generation;
  while (barrier.generation == generation) giveWay();
}

Carrier *freshCarrier() {
  auto carrier = std::make_unique<Carrier>();
  getcontext(&carrier->begin);
  carrier->begin.uc_stack.ss_sp = carrier->stack.data();
  carrier->begin.uc_stack.ss_size = carrier->stack.size();
  carrier->begin.uc_link = nullptr;
  makecontext(&carrier->begin, carry, 0);
  carriers.push_back(std::move(carrier));
  return carriers.back().get();
}

void runBlock() {
  block.begun = block.ended = 0;
  block.all = Barrier();
  for (Barrier &warp : block.warps) warp = Barrier();
  while (block.ended < block.threads) {
    const size_t known = carriers.size();
    for (size_t index = 0; index < known && block.ended < block.threads; index++) {
      Carrier *carrier = carriers[index].get();
      if (carrier->isIdle && block.begun == block.threads) continue;
      current = carrier;
      resume();
    }
    if (block.begun < block.threads) freshCarrier();
  }
}

std::map<std::pair<std::string, int>, Kernel> &kernels() {
  static std::map<std::pair<std::string, int>, Kernel> known;
  return known;
}

}  // namespace

Triple hostThread() {
  const unsigned thread = current->thread;
  return {thread % hostBlockSize.x, thread / hostBlockSize.x % hostBlockSize.y,
          thread / hostBlockSize.x / hostBlockSize.y};
}

void hostBarrier() { wait(block.all, block.threads); }

static void waitForWarp() {
  const unsigned warp = current->thread / 32, left = block.threads - warp * 32;
  wait(block.warps[warp], left < 32 ? left : 32);
}

float hostExchange(float value, int mask) {
  const unsigned thread = current->thread;
  block.said[thread] = value;
  waitForWarp();
  const float answer = block.said[thread ^ (unsigned)mask];
  waitForWarp();
  return answer;
}

const unsigned (*hostShow(const unsigned (&a)[4], const unsigned (&b)[2]))[6] {
  const unsigned thread = current->thread;
  for (int i = 0; i < 4; i++) block.shown[thread][i] = a[i];
  for (int i = 0; i < 2; i++) block.shown[thread][4 + i] = b[i];
  waitForWarp();
  return &block.shown[thread / 32 * 32];
}

void hostEndShow() { waitForWarp(); }

void hostLaunch(Kernel kernel, const KernelArguments &arguments, Triple grid, Triple size) {
  block.kernel = kernel;
  block.arguments = &arguments;
  block.threads = size.x * size.y * size.z;
  hostBlockSize = size;
  hostGridSize = grid;
  for (unsigned z = 0; z < grid.z; z++)
    for (unsigned y = 0; y < grid.y; y++)
      for (unsigned x = 0; x < grid.x; x++) {
        hostBlockIndex = {x, y, z};
        runBlock();
      }
}

Kernel hostKernel(const char *name, int factor) {
  auto found = kernels().find({name, factor});
  return found == kernels().end() ? nullptr : found->second;
}

HostRegistration::HostRegistration(const char *name, int factor, Kernel kernel) {
  kernels()[{name, factor}] = kernel;
}
