#include "concur/pickle/archive.hpp"

#include <functional>
#include <unordered_map>
#include <utility>

namespace concur::pickle {

void fail(const char* what) { throw pickling_error(what); }

void copy_in_pieces(std::byte* to, const void* from, std::size_t n) noexcept {
    const auto* at = static_cast<const std::byte*>(from);
    for (; n > piece; to += piece, at += piece, n -= piece) copy_bytes(to, at, piece);
    copy_bytes(to, at, n);
}

namespace {

constexpr std::uint32_t first_number = 2;
constexpr std::uint32_t last_number = ~std::uint32_t{0};

}  // namespace

struct shared_objects::table {
    using key = std::pair<const void*, const void*>;  // an object, and what stands for its type

    struct hash {
        std::size_t operator()(const key& k) const noexcept {
            const std::hash<const void*> one;
            return one(k.first) * 31 + one(k.second);
        }
    };
    struct entry {
        std::uint32_t number;
        bool is_done;
    };
    std::unordered_map<key, entry, hash> entries;
};

void shared_objects::drop() noexcept { delete table_; }

std::uint32_t shared_objects::enter(const void* object, const void* type) {
    if (table_ == nullptr) table_ = new table;
    auto& entries = table_->entries;
    if (entries.size() >= last_number - first_number) fail("the value holds too many std::shared_ptr");
    const auto next = static_cast<std::uint32_t>(first_number + entries.size());
    const auto [found, is_new] = entries.try_emplace({object, type}, table::entry{next, false});
    if (is_new) return 1;
    if (!found->second.is_done)
        fail("a std::shared_ptr leads back to itself; break the circle before the value travels");
    return found->second.number;
}

void shared_objects::done(const void* object, const void* type) noexcept {
    table_->entries.find({object, type})->second.is_done = true;
}

std::size_t shared_objects::count() const noexcept { return table_ == nullptr ? 0 : table_->entries.size(); }

void shared_objects::go_back_to(std::size_t count) noexcept {
    if (table_ == nullptr) return;
    std::erase_if(table_->entries, [&](const auto& e) { return e.second.number >= first_number + count; });
}

void writer::finish() {
    const std::size_t done = size();
    if (begin_ == staging_) sink_->insert(sink_->end(), begin_, at_);
    else sink_->resize(done);
    begin_ = at_ = staging_;
    end_ = staging_ + staging_room_;
    before_ = done;
}

void writer::bytes_elsewhere(const void* from, std::size_t n) {
    if (sink_ == nullptr) fail("the value has changed while it was written");
    finish();
    if (n <= left()) return bytes(from, n);
    const auto* const first = static_cast<const std::byte*>(from);
    sink_->insert(sink_->end(), first, first + n);
    before_ += n;
}

std::byte* writer::claim_elsewhere(std::size_t n) {
    if (sink_ == nullptr) fail("the value has changed while it was written");
    finish();
    if (n <= left()) return claim(n);
    sink_->resize(before_ + n);
    before_ += n;
    return sink_->data() + (before_ - n);
}

}  // namespace concur::pickle
