// libjpeg leaves a failed call through error_exit, which must not return; the longjmp that this
// needs may not cross a Swift frame. Every call that can fail is therefore made here, below a
// setjmp of its own.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

enum { grounded_jpeg_too_many_scans = -1 };

typedef struct {
  struct jpeg_decompress_struct codec;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  int scans_max;
  int code;                      // J_MESSAGE_CODE of the failure, or the one above
  char reason[JMSG_LENGTH_MAX];  // why the last call failed
  jmp_buf jump;
} grounded_jpeg;

typedef struct {
  unsigned int width, height;
  int channels;        // of the rows that will be read: 1, 3, or 4 for CMYK
  int is_inverted;     // 1 when CMYK samples are stored as 255 − ink, Adobe's way
  int has_many_scans;  // 1 when the whole image is buffered as coefficients
} grounded_jpeg_header;

static inline __attribute__((noreturn)) void grounded_jpeg_failed(j_common_ptr codec) {
  grounded_jpeg *self = (grounded_jpeg *)codec->client_data;
  self->code = codec->err->msg_code;
  codec->err->format_message(codec, self->reason);
  longjmp(self->jump, 1);
}

// A warning that means lost or doubtful samples fails. What may pass: odd application markers,
// bytes before the first scan, a few bytes of padding before the end marker (0xD9).
static inline void grounded_jpeg_warned(j_common_ptr codec, int level) {
  if (level >= 0) return;
  grounded_jpeg *self = (grounded_jpeg *)codec->client_data;
  const struct jpeg_error_mgr *errors = codec->err;
  switch (errors->msg_code) {
    case JWRN_JFIF_MAJOR:
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
      return;
    case JWRN_EXTRANEOUS_DATA:
      if (self->codec.input_scan_number == 0) return;
      if (errors->msg_parm.i[0] <= 16 && errors->msg_parm.i[1] == 0xD9) return;
  }
  grounded_jpeg_failed(codec);
}

static inline void grounded_jpeg_silent(j_common_ptr codec) { (void)codec; }

static inline void grounded_jpeg_progressed(j_common_ptr codec) {
  grounded_jpeg *self = (grounded_jpeg *)codec->client_data;
  if (self->codec.input_scan_number <= self->scans_max) return;
  self->code = grounded_jpeg_too_many_scans;
  longjmp(self->jump, 1);
}

// Zeroed; NULL without memory. Freed by grounded_jpeg_close.
static inline grounded_jpeg *grounded_jpeg_make(void) {
  return (grounded_jpeg *)calloc(1, sizeof(grounded_jpeg));
}

// Reads up to the first scan. The bytes stay the caller's and must outlive the reading.
static __attribute__((noinline)) inline int grounded_jpeg_open(
    grounded_jpeg *self, const unsigned char *bytes, size_t count, grounded_jpeg_header *header) {
  struct jpeg_decompress_struct *codec = &self->codec;
  codec->err = jpeg_std_error(&self->errors);
  codec->client_data = self;
  self->errors.error_exit = grounded_jpeg_failed;
  self->errors.emit_message = grounded_jpeg_warned;
  self->errors.output_message = grounded_jpeg_silent;
  if (setjmp(self->jump)) return 0;
  jpeg_create_decompress(codec);
  jpeg_mem_src(codec, bytes, count);
  jpeg_save_markers(codec, JPEG_APP0 + 1, 0xFFFF);
  jpeg_read_header(codec, TRUE);
  switch (codec->jpeg_color_space) {
    case JCS_GRAYSCALE:
      codec->out_color_space = JCS_GRAYSCALE;
      header->channels = 1;
      break;
    case JCS_RGB:
    case JCS_YCbCr:
      codec->out_color_space = JCS_RGB;
      header->channels = 3;
      break;
    case JCS_CMYK:
    case JCS_YCCK:
      codec->out_color_space = JCS_CMYK;
      header->channels = 4;
      break;
    default:
      ERREXIT(codec, JERR_CONVERSION_NOTIMPL);
  }
  header->width = codec->image_width;
  header->height = codec->image_height;
  header->is_inverted = codec->saw_Adobe_marker ? 1 : 0;
  header->has_many_scans = jpeg_has_multiple_scans(codec) ? 1 : 0;
  return 1;
}

// Reads all rows, and the file to its end marker. `memory_max` bounds what libjpeg allocates.
static __attribute__((noinline)) inline int grounded_jpeg_read(
    grounded_jpeg *self, unsigned char *samples, size_t row_bytes, int scans_max,
    long memory_max) {
  struct jpeg_decompress_struct *codec = &self->codec;
  if (setjmp(self->jump)) return 0;
  self->scans_max = scans_max;
  self->progress.progress_monitor = grounded_jpeg_progressed;
  codec->progress = &self->progress;
  codec->mem->max_memory_to_use = memory_max;
  jpeg_start_decompress(codec);
  while (codec->output_scanline < codec->output_height) {
    JSAMPROW row = samples + codec->output_scanline * row_bytes;
    jpeg_read_scanlines(codec, &row, 1);
  }
  jpeg_finish_decompress(codec);
  return 1;
}

static inline void grounded_jpeg_close(grounded_jpeg *self) {
  jpeg_destroy_decompress(&self->codec);
  free(self);
}
