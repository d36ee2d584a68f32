// Numbers of the device's kinds, by the numbers that its libraries have for them.
#pragma once
#include <stddef.h>

enum NumberKind { kindFloat = 0, kindHalf = 2, kindBrain = 14 };

/// Bytes of a number; 0 for a kind that is not known.
size_t hostNumberBytes(int kind);
float hostRead(const void *numbers, int kind, size_t index);
void hostWrite(void *numbers, int kind, size_t index, float value);
