// Numbers without rows, floats or factors, in pieces of 16 bytes as far as they go.

// Pieces of 16 bytes: four floats, or so many factors.
#define FACTORS (16 / (int)sizeof(Factor))

DEVICE void spreadFloats(const uint4 &piece, float *values) {
  values[0] = __int_as_float((int)piece.x);
  values[1] = __int_as_float((int)piece.y);
  values[2] = __int_as_float((int)piece.z);
  values[3] = __int_as_float((int)piece.w);
}

DEVICE uint4 pieceOfFloats(const float *values) {
  const uint4 piece = {
      (unsigned)__float_as_int(values[0]), (unsigned)__float_as_int(values[1]),
      (unsigned)__float_as_int(values[2]), (unsigned)__float_as_int(values[3])};
  return piece;
}

#if FACTOR == 0
DEVICE void spread(const uint4 &piece, float *values) { spreadFloats(piece, values); }
DEVICE uint4 pieceOf(const float *values) { return pieceOfFloats(values); }
DEVICE void storeFour(Factor *to, const float *values) { *(uint4 *)to = pieceOfFloats(values); }
#else
DEVICE void spread(const uint4 &piece, float *values) {
  const unsigned words[4] = {piece.x, piece.y, piece.z, piece.w};
#pragma unroll
  for (int i = 0; i < 4; i++) {
    values[2 * i] = widened((Bits16)words[i]);
    values[2 * i + 1] = widened((Bits16)(words[i] >> 16));
  }
}

DEVICE uint4 pieceOf(const float *values) {
  const uint4 piece = {
      narrowedPair(values[0], values[1]), narrowedPair(values[2], values[3]),
      narrowedPair(values[4], values[5]), narrowedPair(values[6], values[7])};
  return piece;
}

DEVICE void storeFour(Factor *to, const float *values) {
  const uint2 piece = {narrowedPair(values[0], values[1]), narrowedPair(values[2], values[3])};
  *(uint2 *)to = piece;
}
#endif

// How many pieces of so many numbers there are from the start; none where a pointer is not of 16
// bytes. What is left is done number by number.
DEVICE int wholePieces(const Arguments &a, int pointers, int each) {
  unsigned long long all = 0;
  for (int i = 0; i < pointers; i++) all |= a.pointers[i];
  return all % 16 == 0 ? a.integers[0] / each : 0;
}

// y = 0
//
// pointers: y. integers: numbers of 4 bytes.
KERNEL(clear) {
  for (long long i = firstOfMine(); i < a.integers[0]; i += threadsOfAll())
    at<unsigned>(a, 0)[i] = 0;
}

// z = x + y
//
// pointers: x; y; z, all floats. integers: numbers.
KERNEL(add) {
  const int pieces = wholePieces(a, 3, 4);
  for (long long i = firstOfMine(); i < pieces; i += threadsOfAll()) {
    float x[4], y[4];
    spreadFloats(at<const uint4>(a, 0)[i], x);
    spreadFloats(at<const uint4>(a, 1)[i], y);
    for (int j = 0; j < 4; j++) x[j] += y[j];
    at<uint4>(a, 2)[i] = pieceOfFloats(x);
  }
  for (long long i = 4ll * pieces + firstOfMine(); i < a.integers[0]; i += threadsOfAll())
    at<float>(a, 2)[i] = at<const float>(a, 0)[i] + at<const float>(a, 1)[i];
}

// Floats as factors.
//
// pointers: x; y. integers: numbers.
KERNEL(narrow) {
  const int pieces = wholePieces(a, 2, FACTORS);
  for (long long i = firstOfMine(); i < pieces; i += threadsOfAll()) {
    float values[FACTORS];
#pragma unroll
    for (int part = 0; part < FACTORS / 4; part++)
      spreadFloats(at<const uint4>(a, 0)[i * (FACTORS / 4) + part], values + 4 * part);
    at<uint4>(a, 1)[i] = pieceOf(values);
  }
  for (long long i = (long long)FACTORS * pieces + firstOfMine(); i < a.integers[0];
       i += threadsOfAll())
    store(at<Factor>(a, 1), i, at<const float>(a, 0)[i]);
}

// Factors as floats.
//
// pointers: x; y. integers: numbers.
KERNEL(widen) {
  const int pieces = wholePieces(a, 2, FACTORS);
  for (long long i = firstOfMine(); i < pieces; i += threadsOfAll()) {
    float values[FACTORS];
    spread(at<const uint4>(a, 0)[i], values);
#pragma unroll
    for (int part = 0; part < FACTORS / 4; part++)
      at<uint4>(a, 1)[i * (FACTORS / 4) + part] = pieceOfFloats(values + 4 * part);
  }
  for (long long i = (long long)FACTORS * pieces + firstOfMine(); i < a.integers[0];
       i += threadsOfAll())
    at<float>(a, 1)[i] = load(at<const Factor>(a, 0), i);
}

// 1 / (1 + exp(−x)), over the memory of x.
//
// pointers: x, floats. integers: numbers.
KERNEL(sigmoid) {
  float *x = at<float>(a, 0);
  for (long long i = firstOfMine(); i < a.integers[0]; i += threadsOfAll())
    x[i] = 1 / (1 + expf(-x[i]));
}

DEVICE float gelu(float x) { return 0.5f * x * (1 + erff(x * 0.70710678118654752f)); }

// x · Φ(x), over the memory of x (Hendrycks and Gimpel, 2016).
//
// pointers: x. integers: numbers; 1 for factors, 0 for floats.
KERNEL(gelu_over) {
  for (long long i = firstOfMine(); i < a.integers[0]; i += threadsOfAll()) {
    if (a.integers[1])
      store(at<Factor>(a, 0), i, gelu(load(at<const Factor>(a, 0), i)));
    else
      at<float>(a, 0)[i] = gelu(at<const float>(a, 0)[i]);
  }
}

// x = x ∘ y, or x ∘ gelu(y) (Shazeer, 2020).
//
// pointers: x; y, factors. integers: numbers; 1 for gelu.
KERNEL(multiply) {
  Factor *x = at<Factor>(a, 0);
  const bool isActivated = a.integers[1];
  const int pieces = wholePieces(a, 2, FACTORS);
  for (long long i = firstOfMine(); i < pieces; i += threadsOfAll()) {
    float left[FACTORS], right[FACTORS];
    spread(at<const uint4>(a, 0)[i], left);
    spread(at<const uint4>(a, 1)[i], right);
#pragma unroll
    for (int j = 0; j < FACTORS; j++) left[j] *= isActivated ? gelu(right[j]) : right[j];
    at<uint4>(a, 0)[i] = pieceOf(left);
  }
  for (long long i = (long long)FACTORS * pieces + firstOfMine(); i < a.integers[0];
       i += threadsOfAll()) {
    const float y = load(at<const Factor>(a, 1), i);
    store(x, i, load(x, i) * (isActivated ? gelu(y) : y));
  }
}

// Whether none of an image's numbers is larger than `most`, infinite, or none: those that are this
// thread's.
template <class Number, int each>
DEVICE bool areSound(const Number *numbers, int count, float most) {
  const int pieces = (unsigned long long)numbers % 16 == 0 ? count / each : 0;
  const long long threads = threadsOfAll();
  bool areSound = true;
  for (long long i = firstOfMine(); i < pieces; i += 4 * threads) {
    uint4 piece[4];
#pragma unroll
    for (int j = 0; j < 4; j++) {
      const uint4 zeros = {0, 0, 0, 0};
      piece[j] = i + j * threads < pieces ? ((const uint4 *)numbers)[i + j * threads] : zeros;
    }
#pragma unroll
    for (int j = 0; j < 4; j++) {
      float values[each];
      if (each == 4)
        spreadFloats(piece[j], values);
      else
        spread(piece[j], values);
#pragma unroll
      for (int k = 0; k < each; k++) areSound = areSound && fabsf(values[k]) <= most;
    }
  }
  for (long long i = (long long)each * pieces + firstOfMine(); i < count; i += threads)
    areSound = areSound && fabsf(load(numbers, i)) <= most;
  return areSound;
}

// Sets a flag for images of which a number is too large for norms, infinite, or none.
//
// pointers: x; flags, one an image. integers: numbers of an image; 1 for factors, 0 for floats.
//   floats: the largest that is sound. grid: y is the image.
KERNEL(find_unsound) {
  const int count = a.integers[0];
  const long long start = (long long)blockIdx.y * count;
  const bool isSound =
      a.integers[1] ? areSound<Factor, FACTORS>(at<const Factor>(a, 0) + start, count, a.floats[0])
                    : areSound<float, 4>(at<const float>(a, 0) + start, count, a.floats[0]);
  if (!isSound) at<int>(a, 1)[blockIdx.y] = 1;
}
