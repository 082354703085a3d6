// The program's own globals, as they were before the first schedule, and put back after each.
#pragma once
#include "heap.hpp"

#include <cstddef>
#include <vector>

namespace concur::model {

class image {
public:
    void remember();  // the program's data; whatever the engine changes later lies elsewhere
    void remember(void* object, std::size_t size);
    void put_back() const noexcept;
    std::vector<heap::range> ranges() const;

private:
    struct part {
        char* at;
        std::vector<char> was;
    };
    std::vector<part> parts_;
};

}  // namespace concur::model
