// A library that needs the library.
#include "start/report.hpp"

void middle();
void middle() { report_main(); }
