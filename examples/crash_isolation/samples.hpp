// The pictures that come in: most are well, and some are not.
#pragma once
#include <string>
#include <vector>

struct sample {
    std::string name;
    std::vector<unsigned char> file;
};

std::vector<sample> samples();
