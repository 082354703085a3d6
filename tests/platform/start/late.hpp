// Something that the linker sees after the library, so that it is initialised late.
#pragma once
#include <string>

const std::string& late_text();
