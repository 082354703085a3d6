// Optional, and the only header that includes cereal: classes with cereal's serialize, or load and save, travel
// as that says. Include it wherever such a class travels, best where the class is defined.
#pragma once
#include "concur/pickle/value.hpp"

#include <cereal/cereal.hpp>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace concur::pickle {

// cereal's binary form, written to one of ours.
class cereal_writer : public cereal::OutputArchive<cereal_writer, cereal::AllowEmptyClassElision> {
public:
    template <class Archive>
    explicit cereal_writer(Archive& to)
        : OutputArchive(this),
          to_(&to),
          bytes_([](void* at, const void* p, std::size_t n) { static_cast<Archive*>(at)->bytes(p, n); }) {}

    void saveBinary(const void* from, std::size_t n) { bytes_(to_, from, n); }

private:
    void* to_;
    void (*bytes_)(void*, const void*, std::size_t);
};

// The same, read with our checks.
class cereal_reader : public cereal::InputArchive<cereal_reader, cereal::AllowEmptyClassElision> {
public:
    explicit cereal_reader(reader& from) : InputArchive(this), from_(from) {}

    void loadBinary(void* to, std::size_t n) { copy_bytes(static_cast<std::byte*>(to), from_.bytes(n), n); }

    // cereal makes room for so many elements before it reads the first, so none is without a byte.
    std::uint64_t count() {
        const auto n = from_.once<std::uint64_t>();
        if (n > from_.left()) fail("the bytes say that they hold more than they do");
        return n;
    }

    // cereal has some objects of its own around each of the user's.
    void enter() {
        if (++depth_ > 4 * most_depth) fail("the value is nested too deep");
    }
    void leave() { --depth_; }

private:
    reader& from_;
    std::size_t depth_ = 0;
};

// What cereal looks for: how each archive treats what it is made of.
template <class T>
    requires std::is_arithmetic_v<T>
void CEREAL_SAVE_FUNCTION_NAME(cereal_writer& ar, const T& v) {
    ar.saveBinary(&v, sizeof v);
}
template <class T>
    requires std::is_arithmetic_v<T>
void CEREAL_LOAD_FUNCTION_NAME(cereal_reader& ar, T& v) {
    if constexpr (std::is_same_v<T, bool>) {
        std::uint8_t byte = 0;
        ar.loadBinary(&byte, 1);
        if (byte > 1) fail("the bytes hold a bool that is neither true nor false");
        v = byte != 0;
    } else {
        ar.loadBinary(&v, sizeof v);
    }
}

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(cereal_writer& ar, const cereal::SizeTag<T>& v) {
    const auto n = static_cast<std::uint64_t>(v.size);
    ar.saveBinary(&n, sizeof n);
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(cereal_reader& ar, cereal::SizeTag<T>& v) {
    v.size = static_cast<std::remove_reference_t<T>>(ar.count());
}

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(cereal_writer& ar, const cereal::BinaryData<T>& v) {
    ar.saveBinary(v.data, static_cast<std::size_t>(v.size));
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(cereal_reader& ar, cereal::BinaryData<T>& v) {
    ar.loadBinary(v.data, static_cast<std::size_t>(v.size));
}

template <class Archive, class T>
    requires std::is_same_v<Archive, cereal_writer> || std::is_same_v<Archive, cereal_reader>
void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& ar, cereal::NameValuePair<T>& v) {
    ar(v.value);
}

template <class T>
void prologue(cereal_reader& ar, const T&) {
    ar.enter();
}
template <class T>
void epilogue(cereal_reader& ar, const T&) {
    ar.leave();
}

// A class of the user's, which has cereal's functions and none of ours.
template <class T>
concept known_to_cereal =
    defined<T> && !hooked<T> && !name_of<T>().starts_with("std::") && std::default_initializable<T> &&
    std::is_move_constructible_v<T> && cereal::traits::is_output_serializable<T, cereal_writer>::value &&
    cereal::traits::is_input_serializable<T, cereal_reader>::value;

template <known_to_cereal T>
struct special_codec<T> {
    static constexpr bool travels = true;
    static constexpr std::size_t least = 0;

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        const deeper<Archive> level(ar);
        cereal_writer to(ar);
        translated([&] { to(v); });
    }
    static T read(reader& in) {
        const deeper<reader> level(in);
        cereal_reader from(in);
        T v{};
        translated([&] { from(v); });
        return v;
    }

private:
    template <class F>
    static void translated(F work) {
        try {
            work();
        } catch (const cereal::Exception& error) {
            throw pickling_error(std::string("cereal: ") + error.what());
        }
    }
};

}  // namespace concur::pickle

CEREAL_REGISTER_ARCHIVE(concur::pickle::cereal_writer)
CEREAL_REGISTER_ARCHIVE(concur::pickle::cereal_reader)
CEREAL_SETUP_ARCHIVE_TRAITS(concur::pickle::cereal_reader, concur::pickle::cereal_writer)
