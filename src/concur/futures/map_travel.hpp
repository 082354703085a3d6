// The tasks of Executor.map, and their results, on their way between processes.
#pragma once
#include "concur/futures/map_chunk.hpp"
#include "concur/pickle/exception.hpp"
#include "concur/pickle/function.hpp"
#include "concur/pickle/value.hpp"

#include <cstdint>
#include <string>

namespace concur::pickle {

template <class F, class Item>
struct special_codec<map_chunk<F, Item>> {
    static constexpr bool travels = true;
    using parts = types<F, Item>;
    static constexpr std::size_t least = 4;

    template <class Archive>
    static void write(Archive& ar, const map_chunk<F, Item>& chunk) {
        codec<F>::write(ar, chunk.fn_);
        ar.count(chunk.size());
        for (std::size_t i = 0; i < chunk.size(); ++i) codec<Item>::write(ar, chunk.items_.at(i));
    }

    static map_chunk<F, Item> read(reader& in) {
        F fn = codec<F>::read(in);
        const std::size_t size = in.count(codec<Item>::least == 0 ? 1 : codec<Item>::least);
        if (size == 0) fail("the bytes hold a part of a map() without an item");
        map_chunk<F, Item> chunk(std::move(fn), codec<Item>::read(in));
        for (std::size_t i = 1; i < size; ++i) chunk.add(codec<Item>::read(in));
        return chunk;
    }
};

// Each item is its value, or its exception.
template <class T>
struct special_codec<map_batch<T>> {
    static constexpr bool travels = true;
    using parts = std::conditional_t<std::is_void_v<T>, types<>, types<T>>;
    static constexpr std::size_t least = 4;

    template <class Archive>
    static void write(Archive& ar, const map_batch<T>& batch) {
        ar.count(batch.size());
        for (std::size_t i = 0; i < batch.size(); ++i) write_one(ar, batch, i);
        batch.read_ = batch.size();  // who receives it reports what nobody reads
    }

    // Where one cannot be read, nobody knows where the next begins: those in front of it are there.
    static map_batch<T> read(reader& in) {
        map_batch<T> batch;
        const std::size_t size = in.count(1);
        for (std::size_t i = 0; i < size; ++i) try {
                read_one(in, batch);
            } catch (...) {
                batch.fail_from(i, size, std::current_exception());
                in.bytes(in.left());
                break;
            }
        return batch;
    }

private:
    // What cannot be written is the item's error, which the writer finds there then.
    static void write_one(sizer& ar, const map_batch<T>& batch, std::size_t i) {
        const sizer::place before = ar.here();
        try {
            write_as_it_is(ar, batch, i);
        } catch (...) {
            ar.go_back_to(before);
            if (batch.errors_.size() <= i) batch.errors_.resize(i + 1);
            batch.errors_[i] = std::current_exception();
            write_as_it_is(ar, batch, i);
        }
    }
    static void write_one(writer& ar, const map_batch<T>& batch, std::size_t i) { write_as_it_is(ar, batch, i); }

    template <class Archive>
    static void write_as_it_is(Archive& ar, const map_batch<T>& batch, std::size_t i) {
        const bool failed = i < batch.errors_.size() && batch.errors_[i] != nullptr;
        ar(failed);
        if (failed) ar(pack_exception(batch.errors_[i]));
        else if constexpr (!std::is_void_v<T>) ar(batch.room(i).get());
    }

    static void read_one(reader& in, map_batch<T>& batch) {
        if (pickle::read<bool>(in)) batch.add_error(unpack_exception(pickle::read<std::string>(in)));
        else if constexpr (std::is_void_v<T>) batch.add([] {});
        else batch.add_value([&] { return codec<std::remove_cv_t<T>>::read(in); });
    }
};

}  // namespace concur::pickle
