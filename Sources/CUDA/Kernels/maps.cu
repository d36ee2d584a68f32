// Feature maps of factors, [images, height, width, channels].

// What a convolution sees from each place of its result, so that a product does the rest; zeros beyond the edges
// and in columns beyond kernel · kernel · channels.
//
// pointers: x; y [images · rows · columns of the result, columns]. integers: height, width, channels, kernel, stride,
//   padding, height and width of the result, columns of y. grid: parts of a row of the result; y are all those rows.
struct View {
  int y, x;
  bool isInside;
  unsigned to;
};

// What the i-th number of a row of the result shows.
DEVICE View view(const Arguments &a, unsigned i, unsigned column) {
  const unsigned cell = column / a.integers[2], kernel = a.integers[3];
  View view;
  view.y = (int)(blockIdx.y % a.integers[6]) * a.integers[4] + (int)(cell / kernel) - a.integers[5];
  view.x = (int)(i / a.integers[8]) * a.integers[4] + (int)(cell % kernel) - a.integers[5];
  view.isInside = cell < kernel * kernel && 0 <= view.y && view.y < a.integers[0] && 0 <= view.x &&
                  view.x < a.integers[1];
  view.to = a.integers[7] * a.integers[8];
  return view;
}

// Where it is in x.
DEVICE long long origin(const Arguments &a, const View &view, unsigned column) {
  const long long image = blockIdx.y / a.integers[6];
  return ((image * a.integers[0] + view.y) * a.integers[1] + view.x) * a.integers[2] +
         column % a.integers[2];
}

KERNEL(unfold) {
  const unsigned columns = a.integers[8], count = a.integers[7] * columns;
  for (unsigned i = firstOfMine(); i < count; i += threadsOfAll()) {
    const unsigned column = i % columns;
    const View seen = view(a, i, column);
    const long long to = (long long)blockIdx.y * seen.to + i;
    if (seen.isInside)
      at<Factor>(a, 1)[to] = at<const Factor>(a, 0)[origin(a, seen, column)];
    else
      store(at<Factor>(a, 1), to, 0);
  }
}

// The same in pieces of 16 bytes: “channels” and “columns” are counted in them.
KERNEL(unfold_wide) {
  const unsigned columns = a.integers[8], count = a.integers[7] * columns;
  for (unsigned i = firstOfMine(); i < count; i += threadsOfAll()) {
    const unsigned column = i % columns;
    const View seen = view(a, i, column);
    uint4 piece = {0, 0, 0, 0};
    if (seen.isInside) piece = at<const uint4>(a, 0)[origin(a, seen, column)];
    at<uint4>(a, 1)[(long long)blockIdx.y * seen.to + i] = piece;
  }
}

// The maximum over windows of 3×3, every second one.
//
// pointers: x; y. integers: height, width, channels, height and width of the result, images.
KERNEL(max_pool) {
  const int height = a.integers[0], width = a.integers[1], channels = a.integers[2];
  const long long count =
      (long long)a.integers[5] * a.integers[3] * a.integers[4] * channels;
  for (long long i = firstOfMine(); i < count; i += threadsOfAll()) {
    const int channel = (int)(i % channels);
    const int column = (int)(i / channels % a.integers[4]) * 2;
    const int row = (int)(i / channels / a.integers[4] % a.integers[3]) * 2;
    const long long image = i / channels / a.integers[4] / a.integers[3];
    float most = NOTHING;
    bool isNumber = true;
    for (int y = larger(0, row - 1); y < smaller(height, row + 2); y++)
      for (int x = larger(0, column - 1); x < smaller(width, column + 2); x++) {
        const float value =
            load(at<const Factor>(a, 0), ((image * height + y) * width + x) * channels + channel);
        isNumber = isNumber && value == value;
        most = fmaxf(most, value);
      }
    store(at<Factor>(a, 1), i, isNumber ? most : -NOTHING);
  }
}

// [images, channels, height · width] of floats to [images, height · width, channels] of factors.
//
// pointers: x; y. integers: channels, height · width, images.
KERNEL(interleave) {
  const int channels = a.integers[0];
  const long long area = a.integers[1], count = area * channels * a.integers[2];
  for (long long i = firstOfMine(); i < count; i += threadsOfAll()) {
    const long long image = i / channels / area, cell = i / channels % area;
    store(at<Factor>(a, 1), i,
          at<const float>(a, 0)[(image * channels + i % channels) * area + cell]);
  }
}
