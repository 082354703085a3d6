#include <future>

int main() {
    return std::async(std::launch::async, [](int x) { return x + 1; }, -1).get();
}
