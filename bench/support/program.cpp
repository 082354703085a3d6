#include "support/program.hpp"

#include "support/cases.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace bench {
namespace {

request parse(int argc, char** argv) {
    request asked;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const auto next = [&] {
            if (++i == argc) throw std::invalid_argument(word + " needs a value");
            return std::string(argv[i]);
        };
        const auto number = [&] { return std::stoul(next()); };
        if (word == "--shrink") asked.shrink = number();
        else if (word == "--workers") asked.workers = static_cast<int>(number());
        else if (word == "--peer") asked.peer = next();
        else if (word == "--count") asked.count = true;
        else asked.name = word;
    }
    return asked;
}

void print(const request& asked, const sample& s) {
    if (asked.count)
        std::printf("{\"case\": \"%s\", \"blocks\": %.4f, \"bytes\": %.2f}\n", asked.name.c_str(), s.allocated.blocks,
                    s.allocated.bytes);
    else if (s.p99_ns > 0)
        std::printf("{\"case\": \"%s\", \"ns\": %.3f, \"p99\": %.3f}\n", asked.name.c_str(), s.ns, s.p99_ns);
    else if (s.worst_ns > 0)
        std::printf("{\"case\": \"%s\", \"ns\": %.3f, \"cpu_ns\": %.3f, \"switches\": %.6f, \"worst\": %.0f}\n",
                    asked.name.c_str(), s.ns, s.cpu_ns, s.switches, s.worst_ns);
    else
        std::printf("{\"case\": \"%s\", \"ns\": %.3f, \"cpu_ns\": %.3f, \"switches\": %.6f, \"cpu_percent\": %.3f}\n",
                    asked.name.c_str(), s.ns, s.cpu_ns, s.switches, s.cpu_percent);
}

}  // namespace

void require(bool held, const char* what) {
    if (held) return;
    std::fprintf(stderr, "bench: %s\n", what);
    std::abort();
}

int report(int argc, char** argv, sample (*measure)(const request&)) {
    try {
        const request asked = parse(argc, argv);
        if (asked.count) allocations::watch();
        print(asked, measure(asked));
        return 0;
    } catch (const impossible& why) {
        std::printf("{\"skipped\": \"%s\"}\n", why.what());
        return 0;
    } catch (const not_offered& why) {
        std::printf("{\"absent\": \"%s\"}\n", why.what());
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "bench: %s\n", e.what());
        return 2;
    }
}

}  // namespace bench
