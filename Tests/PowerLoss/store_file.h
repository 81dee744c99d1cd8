// Which descriptors belong to a store, for the libraries that tests load before a program.
#pragma once
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// The name of a descriptor's file without its folder; 0 when it is none of the store's, or one whose
// content does not outlive the processes that have it open.
static int nameOf(int fd, char *name) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t count = readlink(link, path, sizeof path - 1);
  if (count <= 0) return 0;
  path[count] = 0;
  const char *slash = strrchr(path, '/');
  if (!slash || strlen(slash + 1) > 255 || !strstr(slash, ".sqlite")) return 0;
  if (strstr(slash, "-shm") || strstr(slash, ".gate")) return 0;
  strcpy(name, slash + 1);
  return 1;
}
