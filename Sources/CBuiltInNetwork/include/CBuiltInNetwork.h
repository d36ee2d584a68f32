#pragma once

// The checkpoint of the built-in network, which network.S takes into the program as it is.
extern const unsigned char built_in_network_begin[];
extern const unsigned char built_in_network_end[];

static inline const unsigned char *_Nonnull built_in_network(void) {
  return built_in_network_begin;
}

static inline long built_in_network_size(void) {
  return built_in_network_end - built_in_network_begin;
}
