#pragma once

// What network.S and golden.S take into the program as it is: the checkpoint of the built-in network; a tiny
// network, and its answers by PyTorch.
#define CARRIED(name) \
  extern const unsigned char name##_begin[], name##_end[]; \
  static inline const unsigned char *_Nonnull name(void) { return name##_begin; } \
  static inline long name##_size(void) { return name##_end - name##_begin; }

CARRIED(built_in_network)
CARRIED(golden_network)
CARRIED(golden_answers)

#undef CARRIED
