// libpng leaves a failed call by longjmp, which may not cross a Swift frame. Every call that can
// fail is therefore made here, below a setjmp of its own.
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  png_structp png;
  png_infop info;
  const unsigned char *input;
  size_t input_count;
  size_t input_position;
  int input_ended;  // 1 when the image went on after the last byte
  unsigned char *output;
  size_t output_count;
  size_t output_capacity;
  char reason[128];  // why the last call failed
  jmp_buf jump;
} grounded_png;

typedef struct {
  unsigned int side_max;
  size_t chunk_bytes_max;
  unsigned int chunks_max;
} grounded_png_limits;

typedef struct {
  unsigned int width, height;
  int bit_depth;  // in the file, 1 … 16
  int channels;   // of the rows that will be read: 1 or 3
} grounded_png_header;

static inline __attribute__((noreturn)) void grounded_png_failed(
    png_structp png, png_const_charp message) {
  grounded_png *self = (grounded_png *)png_get_error_ptr(png);
  strncpy(self->reason, message, sizeof self->reason - 1);
  longjmp(self->jump, 1);
}

static inline void grounded_png_warned(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static inline void grounded_png_take(png_structp png, png_bytep bytes, size_t count) {
  grounded_png *self = (grounded_png *)png_get_io_ptr(png);
  if (self->input_count - self->input_position < count) {
    self->input_ended = 1;
    png_error(png, "the file ends before the image does");
  }
  memcpy(bytes, self->input + self->input_position, count);
  self->input_position += count;
}

static inline void grounded_png_put(png_structp png, png_bytep bytes, size_t count) {
  grounded_png *self = (grounded_png *)png_get_io_ptr(png);
  if (self->output_capacity - self->output_count < count) {
    size_t capacity = 2 * self->output_capacity + count + 4096;
    unsigned char *output = (unsigned char *)realloc(self->output, capacity);
    if (output == NULL) png_error(png, "out of memory");
    self->output = output;
    self->output_capacity = capacity;
  }
  memcpy(self->output + self->output_count, bytes, count);
  self->output_count += count;
}

static inline void grounded_png_flushed(png_structp png) { (void)png; }

// Zeroed; NULL without memory. Freed by grounded_png_close.
static inline grounded_png *grounded_png_make(void) {
  return (grounded_png *)calloc(1, sizeof(grounded_png));
}

// Reads up to the first row. The bytes stay the caller's and must outlive the reading.
// Of the chunks only those that the samples need are read: no text, profile, gamma or tRNS. Checksums are compared
// unless they are known to be right.
static __attribute__((noinline)) inline int grounded_png_open(
    grounded_png *self, const unsigned char *bytes, size_t count, int is_checked,
    grounded_png_limits limits, grounded_png_header *header) {
  if (setjmp(self->jump)) return 0;
  self->input = bytes;
  self->input_count = count;
  self->png = png_create_read_struct(
      PNG_LIBPNG_VER_STRING, self, grounded_png_failed, grounded_png_warned);
  if (self->png == NULL) return 0;
  self->info = png_create_info_struct(self->png);
  if (self->info == NULL) return 0;
  png_structp png = self->png;
  png_set_user_limits(png, limits.side_max, limits.side_max);
  png_set_chunk_malloc_max(png, limits.chunk_bytes_max);
  png_set_chunk_cache_max(png, limits.chunks_max);
  const int action = is_checked ? PNG_CRC_QUIET_USE : PNG_CRC_ERROR_QUIT;
  png_set_crc_action(png, action, action);
  if (is_checked) png_set_option(png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, (png_const_bytep) "tRNS", 1);
  png_set_read_fn(png, self, grounded_png_take);
  png_read_info(png, self->info);
  header->width = png_get_image_width(png, self->info);
  header->height = png_get_image_height(png, self->info);
  header->bit_depth = png_get_bit_depth(png, self->info);
  int colour = png_get_color_type(png, self->info);
  header->channels = (colour & PNG_COLOR_MASK_COLOR) ? 3 : 1;
  return 1;
}

// Reads all rows, and the file to its end. `row_bytes` is what a row takes after expansion to
// 8 or 16 bits in the machine's order and 1 or 3 channels.
static __attribute__((noinline)) inline int grounded_png_read(
    grounded_png *self, unsigned char *samples, size_t row_bytes) {
  if (setjmp(self->jump)) return 0;
  png_structp png = self->png;
  int colour = png_get_color_type(png, self->info);
  if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (colour == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
  if (colour & PNG_COLOR_MASK_ALPHA) png_set_strip_alpha(png);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  png_set_swap(png);
#endif
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, self->info);
  if (png_get_rowbytes(png, self->info) != row_bytes) png_error(png, "rows of another length");
  size_t height = png_get_image_height(png, self->info);
  for (int pass = 0; pass < passes; pass++)
    for (size_t y = 0; y < height; y++) png_read_row(png, samples + y * row_bytes, NULL);
  png_read_end(png, NULL);
  return 1;
}

// Writes a whole file into `output`. Rows are in the machine's byte order.
static __attribute__((noinline)) inline int grounded_png_write(
    grounded_png *self, const unsigned char *samples, size_t row_bytes,
    grounded_png_header header) {
  if (setjmp(self->jump)) {
    png_destroy_write_struct(&self->png, &self->info);
    return 0;
  }
  self->png = png_create_write_struct(
      PNG_LIBPNG_VER_STRING, self, grounded_png_failed, grounded_png_warned);
  if (self->png == NULL) return 0;
  self->info = png_create_info_struct(self->png);
  if (self->info == NULL) png_error(self->png, "out of memory");
  png_structp png = self->png;
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_write_fn(png, self, grounded_png_put, grounded_png_flushed);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB | PNG_FILTER_UP | PNG_FILTER_PAETH);
  png_set_compression_level(png, 3);  // radiographs are noise to deflate: more finds no more
  int colour = header.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
  png_set_IHDR(
      png, self->info, header.width, header.height, header.bit_depth, colour, PNG_INTERLACE_NONE,
      PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, self->info);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (header.bit_depth == 16) png_set_swap(png);
#endif
  for (size_t y = 0; y < header.height; y++)
    png_write_row(png, samples + y * row_bytes);
  png_write_end(png, self->info);
  png_destroy_write_struct(&self->png, &self->info);
  return 1;
}

static inline void grounded_png_close(grounded_png *self) {
  if (self->png != NULL) png_destroy_read_struct(&self->png, &self->info, NULL);
  free(self->output);
  free(self);
}
