#include "numbers.h"

#include <math.h>
#include <string.h>

float hostWidened(unsigned short bits);
unsigned short hostNarrowed(float value);

// IEEE 754 binary16: a sign, five bits of exponent, ten of fraction.
float hostWidened(unsigned short bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  float value;
  if (exponent == 31)
    value = fraction ? NAN : INFINITY;
  else if (exponent == 0)
    value = ldexpf((float)fraction, -24);
  else
    value = ldexpf((float)(1024 + fraction), exponent - 25);
  return bits & 0x8000 ? -value : value;
}

unsigned short hostNarrowed(float value) {
  const unsigned short sign = signbit(value) ? 0x8000 : 0;
  const float size = fabsf(value);
  if (size != size) return 0x7fff;
  if (size >= 65520) return sign | 0x7c00;
  if (size < ldexpf(1, -14)) return sign | (unsigned short)nearbyintf(ldexpf(size, 24));
  int exponent;
  const float fraction = frexpf(size, &exponent);  // 0.5…1
  // A fraction that rounds up to the next power of two carries into the exponent, as it should.
  return sign | (unsigned short)(((exponent + 13) << 10) + (int)nearbyintf(ldexpf(fraction, 11)));
}

size_t hostNumberBytes(int kind) {
  return kind == kindFloat ? 4 : kind == kindHalf || kind == kindBrain ? 2 : 0;
}

float hostRead(const void *numbers, int kind, size_t index) {
  if (kind == kindFloat) return ((const float *)numbers)[index];
  const unsigned short bits = ((const unsigned short *)numbers)[index];
  if (kind == kindHalf) return hostWidened(bits);
  const unsigned wide = (unsigned)bits << 16;
  float value;
  memcpy(&value, &wide, sizeof value);
  return value;
}

void hostWrite(void *numbers, int kind, size_t index, float value) {
  if (kind == kindFloat) {
    ((float *)numbers)[index] = value;
    return;
  }
  unsigned bits;
  memcpy(&bits, &value, sizeof bits);
  unsigned short *halves = (unsigned short *)numbers;
  if (kind == kindHalf)
    halves[index] = hostNarrowed(value);
  else
    halves[index] = value != value ? 0x7fff : (unsigned short)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
