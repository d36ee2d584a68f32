#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo take any type at all, which Swift cannot call; these take one.

typedef size_t (*grounded_receive)(char *bytes, size_t size, size_t count, void *context);
typedef int (*grounded_progress)(
    void *context, curl_off_t expected, curl_off_t received, curl_off_t toSend, curl_off_t sent);
typedef int (*grounded_connected)(
    void *context, char *address, char *localAddress, int port, int localPort);

static inline CURLcode grounded_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode grounded_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode grounded_set_context(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode grounded_set_list(
    CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode grounded_set_receive(
    CURL *handle, CURLoption option, grounded_receive value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode grounded_set_progress(CURL *handle, grounded_progress value) {
  return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, value);
}

static inline CURLcode grounded_set_connected(CURL *handle, grounded_connected value) {
  return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, value);
}

static inline CURLcode grounded_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}
