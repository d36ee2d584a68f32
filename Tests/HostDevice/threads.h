// The threads of a block, one after the other, each until it waits for others.
#pragma once
#include "include/HostDevice.h"

struct Triple {
  unsigned x, y, z;
};

typedef void (*Kernel)(const KernelArguments &arguments);

extern Triple hostBlockIndex, hostBlockSize, hostGridSize;

/// This thread in its block.
Triple hostThread();

/// Waits for all threads of the block.
void hostBarrier();

/// What the thread of the same warp whose lane differs in the bits of `mask` has to say.
float hostExchange(float value, int mask);

/// What all threads of this warp show, by their lanes: four numbers of a and two of b. Theirs until all have called
/// `hostEndShow`.
const unsigned (*hostShow(const unsigned (&a)[4], const unsigned (&b)[2]))[6];
void hostEndShow();

void hostLaunch(Kernel kernel, const KernelArguments &arguments, Triple grid, Triple block);

/// The kernel of that name for a kind of factor; nothing where there is none.
Kernel hostKernel(const char *name, int factor);

/// Makes a kernel known by its name.
struct HostRegistration {
  HostRegistration(const char *name, int factor, Kernel kernel);
};
