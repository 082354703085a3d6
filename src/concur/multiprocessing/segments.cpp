#include "concur/multiprocessing/segments.hpp"

#include <algorithm>

namespace concur::multiprocessing {

bool known_segments::add(const worker_packet& packet, const platform::fd& file) noexcept {
    if (packet.serial == message_place::in_slot || packet.size == 0 || known_.size() >= most_) return false;
    if (!platform::is_sealed_segment(file, packet.size)) return false;
    try {
        drop(packet.serial);
        known_.emplace_back(packet.serial, platform::map_segment(file, packet.size, platform::access::read));
        return true;
    } catch (...) {
        return false;
    }
}

void known_segments::drop(std::uint32_t serial) noexcept {
    std::erase_if(known_, [&](const auto& s) { return s.first == serial; });
}

const std::byte* known_segments::find(const message_place& place) const noexcept {
    const auto at = std::ranges::find_if(known_, [&](const auto& s) { return s.first == place.segment; });
    if (at == known_.end()) return nullptr;
    const std::size_t size = at->second.size();
    if (place.offset > size || place.size > size - place.offset) return nullptr;
    return at->second.data() + place.offset;
}

}  // namespace concur::multiprocessing
