// refused: pickle: a view refers to elements that stay behind; store a std::string or std::vector
#include <concur/pickle.hpp>

std::string_view wrong(const std::vector<std::byte>& bytes) { return concur::pickle::loads<std::string_view>(bytes); }
