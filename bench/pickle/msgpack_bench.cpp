// msgpack-cxx: its bytes say what they are, and are the same on each machine.
#include "pickle/shapes.hpp"

#include <msgpack.hpp>

namespace msgpack {
MSGPACK_API_VERSION_NAMESPACE(MSGPACK_DEFAULT_API_NS) {
    namespace adaptor {

    template <>
    struct pack<bench::point> {
        template <class Stream>
        packer<Stream>& operator()(packer<Stream>& out, const bench::point& v) const {
            out.pack_array(2).pack(v.x).pack(v.y);
            return out;
        }
    };
    template <>
    struct convert<bench::point> {
        const msgpack::object& operator()(const msgpack::object& from, bench::point& v) const {
            from.via.array.ptr[0].convert(v.x);
            from.via.array.ptr[1].convert(v.y);
            return from;
        }
    };
    template <>
    struct pack<bench::record> {
        template <class Stream>
        packer<Stream>& operator()(packer<Stream>& out, const bench::record& v) const {
            out.pack_array(4).pack(v.id).pack(v.name).pack(v.points).pack(v.tags);
            return out;
        }
    };
    template <>
    struct convert<bench::record> {
        const msgpack::object& operator()(const msgpack::object& from, bench::record& v) const {
            from.via.array.ptr[0].convert(v.id);
            from.via.array.ptr[1].convert(v.name);
            from.via.array.ptr[2].convert(v.points);
            from.via.array.ptr[3].convert(v.tags);
            return from;
        }
    };

    }  // namespace adaptor
}
}  // namespace msgpack

namespace {

class peer {
public:
    template <class T>
    void write(const T& value) {
        bytes_.clear();
        msgpack::pack(bytes_, value);
    }
    template <class T>
    T read() {
        return msgpack::unpack(bytes_.data(), bytes_.size()).get().as<T>();
    }

private:
    msgpack::sbuffer bytes_;
};

}  // namespace

int main(int argc, char** argv) { return bench::report(argc, argv, bench::measure_way<peer>); }
