#include "concur/pickle/exception_trace.hpp"

#include "concur/pickle/exception_bytes.hpp"
#include "concur/platform/stack_trace.hpp"

#include <algorithm>
#include <cstring>

namespace concur::pickle {
namespace {

using platform::raw_trace;

std::uint32_t count_in(exception_in& in, std::size_t most) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(in.number(), most));
}

}  // namespace

std::string trace_to_bytes(const raw_trace& trace) {
    exception_out out;
    const std::size_t images = std::min<std::size_t>(trace.image_count, raw_trace::most_images);
    out.number(images);
    for (std::size_t i = 0; i < images; ++i) {
        const auto& id = trace.images[i].bytes;
        out.text({reinterpret_cast<const char*>(id.data()), id.size()});
        const auto& path = trace.paths[i];
        out.text({path.data(), static_cast<std::size_t>(std::find(path.begin(), path.end(), '\0') - path.begin())});
    }
    const std::size_t frames = std::min<std::size_t>(trace.count, raw_trace::most);
    out.number(frames);
    for (std::size_t i = 0; i < frames; ++i) {
        out.number(trace.frames[i].image);
        out.number(trace.frames[i].offset);
    }
    return out.bytes();
}

std::string describe_trace(std::string_view bytes) {
    exception_in in(bytes, false);
    raw_trace trace{};
    trace.image_count = count_in(in, raw_trace::most_images);
    for (std::size_t i = 0; i < trace.image_count; ++i) {
        const std::string_view id = in.text();
        auto& to = trace.images[i].bytes;
        std::memcpy(to.data(), id.data(), std::min(id.size(), to.size()));
        const std::string_view path = in.text();
        auto& kept = trace.paths[i];
        std::memcpy(kept.data(), path.data(), std::min(path.size(), kept.size() - 1));
    }
    trace.count = count_in(in, raw_trace::most);
    for (std::size_t i = 0; i < trace.count; ++i) {
        trace.frames[i].image = static_cast<std::uint32_t>(in.number());
        trace.frames[i].offset = in.number();
    }
    return platform::describe(trace);
}

}  // namespace concur::pickle
