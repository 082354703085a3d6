// What is told of a worker that died, for people to read.
#pragma once
#include "concur/core/process_error.hpp"

#include <string>

// "crashed (SIGSEGV)", "ended its process (exit code 1)"
std::string death_in_short(const concur::worker_died& death);

// Some lines: each a word for what it says, and the fact. What is not known has no line.
std::string death_report(const concur::worker_died& death);
