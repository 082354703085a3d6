// cereal's binary archive: over a std::stringstream, as its pages show; and with --peer memory over a stream
// buffer of our own, which writes into memory that is kept and reads where the bytes lie.
#include "pickle/shapes.hpp"

#include <cereal/archives/binary.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#include <istream>
#include <ostream>
#include <sstream>
#include <streambuf>
#include <string>

namespace bench {

template <class Archive>
void serialize(Archive& ar, point& v) {
    ar(v.x, v.y);
}
template <class Archive>
void serialize(Archive& ar, record& v) {
    ar(v.id, v.name, v.points, v.tags);
}

}  // namespace bench

namespace {

class memory : public std::streambuf {
public:
    void clear() { text_.clear(); }
    void rewind() { setg(text_.data(), text_.data(), text_.data() + text_.size()); }

protected:
    std::streamsize xsputn(const char* from, std::streamsize n) override {
        text_.append(from, static_cast<std::size_t>(n));
        return n;
    }
    std::streamsize xsgetn(char* to, std::streamsize n) override {
        const std::streamsize got = std::min(n, egptr() - gptr());
        std::char_traits<char>::copy(to, gptr(), static_cast<std::size_t>(got));
        setg(eback(), gptr() + got, egptr());
        return got;
    }

private:
    std::string text_;
};

class over_memory {
public:
    template <class T>
    void write(const T& value) {
        memory_.clear();
        std::ostream out(&memory_);
        cereal::BinaryOutputArchive archive(out);
        archive(value);
    }
    template <class T>
    T read() {
        memory_.rewind();
        std::istream in(&memory_);
        cereal::BinaryInputArchive archive(in);
        T value;
        archive(value);
        return value;
    }

private:
    memory memory_;
};

class over_stringstream {
public:
    template <class T>
    void write(const T& value) {
        std::ostringstream out;
        {
            cereal::BinaryOutputArchive archive(out);
            archive(value);
        }
        text_ = out.str();
    }
    template <class T>
    T read() {
        std::istringstream in(text_);
        cereal::BinaryInputArchive archive(in);
        T value;
        archive(value);
        return value;
    }

private:
    std::string text_;
};

bench::sample measure(const bench::request& asked) {
    return asked.peer == "memory" ? bench::measure_way<over_memory>(asked)
                                  : bench::measure_way<over_stringstream>(asked);
}

}  // namespace

int main(int argc, char** argv) { return bench::report(argc, argv, measure); }
