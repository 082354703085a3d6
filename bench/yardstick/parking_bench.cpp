#include "yardstick/pool.hpp"

int main(int argc, char** argv) { return bench::run<yardstick::pool<false>>(argc, argv); }
