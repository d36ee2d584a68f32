// Feature maps of factors, [images, height, width, channels].

// What a convolution sees from each place of its result, so that a product does the rest; zeros beyond the edges
// and in columns beyond kernel · kernel · channels.
//
// pointers: x; y [images · rows · columns of the result, columns]. integers: height, width, channels, kernel, stride,
//   padding, height and width of the result, columns of y, images.
KERNEL(unfold) {
  const int height = a.integers[0], width = a.integers[1], channels = a.integers[2];
  const int kernel = a.integers[3], columns = a.integers[8];
  const long long rows = (long long)a.integers[9] * a.integers[6] * a.integers[7];
  for (long long i = firstOfMine(); i < rows * columns; i += threadsOfAll()) {
    const long long row = i / columns;
    const int column = (int)(i % columns), cell = column / channels;
    const int x = (int)(row % a.integers[7]) * a.integers[4] + cell % kernel - a.integers[5];
    const int y =
        (int)(row / a.integers[7] % a.integers[6]) * a.integers[4] + cell / kernel - a.integers[5];
    const long long image = row / a.integers[7] / a.integers[6];
    const bool isInside = cell < kernel * kernel && 0 <= x && x < width && 0 <= y && y < height;
    const long long from = ((image * height + y) * width + x) * channels + column % channels;
    if (isInside)
      at<Factor>(a, 1)[i] = at<const Factor>(a, 0)[from];
    else
      store(at<Factor>(a, 1), i, 0);
  }
}

// The same in pieces of 16 bytes: “channels” and “columns” are counted in them.
KERNEL(unfold_wide) {
  const int height = a.integers[0], width = a.integers[1], channels = a.integers[2];
  const int kernel = a.integers[3], columns = a.integers[8];
  const long long rows = (long long)a.integers[9] * a.integers[6] * a.integers[7];
  for (long long i = firstOfMine(); i < rows * columns; i += threadsOfAll()) {
    const long long row = i / columns;
    const int column = (int)(i % columns), cell = column / channels;
    const int x = (int)(row % a.integers[7]) * a.integers[4] + cell % kernel - a.integers[5];
    const int y =
        (int)(row / a.integers[7] % a.integers[6]) * a.integers[4] + cell / kernel - a.integers[5];
    const long long image = row / a.integers[7] / a.integers[6];
    const bool isInside = 0 <= x && x < width && 0 <= y && y < height;
    const long long from = ((image * height + y) * width + x) * channels + column % channels;
    uint4 piece = {0, 0, 0, 0};
    if (isInside) piece = at<const uint4>(a, 0)[from];
    at<uint4>(a, 1)[i] = piece;
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
