#include "run/prepare_report.hpp"

#include <sys/mman.h>

#include <new>

namespace pge {

PrepareReport& PrepareReport::shared() {
  static PrepareReport* const report = [] {
    void* page = mmap(nullptr, sizeof(PrepareReport), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? new PrepareReport : new (page) PrepareReport;
  }();
  return *report;
}

}  // namespace pge
