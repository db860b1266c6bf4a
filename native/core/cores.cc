// How many cores this process may use: the affinity mask, one thread a core, and the quota of its control group.
#include "pool.h"

#include <cstdio>
#include <cstring>
#include <initializer_list>

#if defined(__linux__)
#include <sched.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace gradtape {
namespace {

constexpr int kMostCores = 16;  // more rarely pays for the sizes a process like this computes

#if defined(__linux__)
bool read_line(const char* path, char* line, int size) {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return false;
  const bool ok = std::fgets(line, size, file) != nullptr;
  std::fclose(file);
  return ok;
}

int cores_in_mask() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) return 1;
  int cores = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &mask)) continue;
    char path[96], line[64];
    std::snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
    int first = cpu;  // the core's first thread stands for it, unless the mask leaves that one out
    if (read_line(path, line, sizeof line) && std::sscanf(line, "%d", &first) != 1) first = cpu;
    const bool counted = first >= 0 && first < cpu && first < CPU_SETSIZE && CPU_ISSET(first, &mask);
    if (!counted) cores++;
  }
  return cores;
}

// Cores granted by "quota period" in microseconds; 0 when there is no limit.
double granted(double quota, double period) { return quota > 0 && period > 0 ? quota / period : 0; }

double smaller(double a, double b) { return a == 0 ? b : b == 0 ? a : a < b ? a : b; }

double quota_v2(const char* group) {
  char path[4096], line[64];
  double least = 0;
  int length = std::snprintf(path, sizeof path, "/sys/fs/cgroup%s", group);
  if (length < 0 || length >= static_cast<int>(sizeof path) - 16) return 0;
  const int root = static_cast<int>(std::strlen("/sys/fs/cgroup"));
  while (length >= root) {  // a parent's limit holds for its children
    std::strcpy(path + length, "/cpu.max");
    double quota = 0, period = 0;
    if (read_line(path, line, sizeof line) && std::sscanf(line, "%lf %lf", &quota, &period) == 2) {
      least = smaller(least, granted(quota, period));
    }
    path[length] = '\0';
    const char* slash = std::strrchr(path, '/');
    length = static_cast<int>(slash - path);
    path[length] = '\0';
  }
  return least;
}

double quota_v1(const char* group) {
  double least = 0;
  for (const char* inner : {group, ""}) {  // in a container the group's own folder is mounted as the root
    char path[4096], line[64];
    double quota = 0, period = 0;
    std::snprintf(path, sizeof path, "/sys/fs/cgroup/cpu%s/cpu.cfs_quota_us", inner);
    if (!read_line(path, line, sizeof line) || std::sscanf(line, "%lf", &quota) != 1) continue;
    std::snprintf(path, sizeof path, "/sys/fs/cgroup/cpu%s/cpu.cfs_period_us", inner);
    if (!read_line(path, line, sizeof line) || std::sscanf(line, "%lf", &period) != 1) continue;
    least = smaller(least, granted(quota, period));
  }
  return least;
}

double quota() {
  std::FILE* file = std::fopen("/proc/self/cgroup", "re");
  if (file == nullptr) return 0;
  char line[4096];
  double least = 0;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    line[std::strcspn(line, "\n")] = '\0';
    char* controllers = std::strchr(line, ':');
    char* group = controllers == nullptr ? nullptr : std::strchr(controllers + 1, ':');
    if (group == nullptr) continue;
    *group++ = '\0';
    controllers++;
    if (std::strcmp(group, "/") == 0) group[0] = '\0';
    if (controllers[0] == '\0') least = smaller(least, quota_v2(group));
    if (std::strstr(controllers, "cpu") != nullptr && std::strcmp(controllers, "cpuset") != 0) {
      least = smaller(least, quota_v1(group));
    }
  }
  std::fclose(file);
  return least;
}
#elif defined(__APPLE__)
int cores_in_mask() {
  int cores = 1;
  size_t size = sizeof cores;
  for (const char* name : {"hw.perflevel0.physicalcpu", "hw.physicalcpu"}) {  // fast cores only: chunks are of one size
    if (sysctlbyname(name, &cores, &size, nullptr, 0) == 0) return cores;
  }
  return 1;
}
double quota() { return 0; }
#else
int cores_in_mask() { return 1; }
double quota() { return 0; }
#endif

}  // namespace

int usable_cores() {
  int cores = cores_in_mask();
  const double limit = quota();
  if (limit > 0 && limit < cores) cores = static_cast<int>(limit);
  return cores < 1 ? 1 : cores > kMostCores ? kMostCores : cores;
}

}  // namespace gradtape
