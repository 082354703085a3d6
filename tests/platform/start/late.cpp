#include "start/late.hpp"

namespace {
const std::string text = "another text that is too long to lie in the string";
}

const std::string& late_text() { return text; }
