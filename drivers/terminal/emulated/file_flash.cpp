#include "drivers/terminal/emulated/file_flash.hpp"

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "bench/runtime/random.hpp"

namespace posbench::terminal {
namespace {

constexpr std::string_view magic = "posbench-flash-1\n";
constexpr std::size_t hash_octets = 8;

[[noreturn]] void fail(const std::string& attempted) {
    throw std::system_error(errno, std::generic_category(), attempted);
}

/// A file descriptor that is closed when it goes out of scope.
class Descriptor {
  public:
    Descriptor(const std::filesystem::path& path, int flags)
        : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
        if (descriptor_ < 0) fail("open " + path.string());
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { ::close(descriptor_); }

    void write(ByteView data) const {
        while (!data.empty()) {
            const ssize_t written = ::write(descriptor_, data.data(), data.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail("write flash");
            data = data.subspan(static_cast<std::size_t>(written));
        }
    }
    void sync() const {
        if (::fsync(descriptor_) != 0) fail("fsync flash");
    }

  private:
    int descriptor_;
};

void put(Bytes& out, std::uint64_t value, std::size_t octets) {
    for (std::size_t i = octets; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void put(Bytes& out, ByteView data) {
    out.insert(out.end(), data.begin(), data.end());
}

/// Takes octets off the front of an image; every take is checked.
class Cursor {
  public:
    explicit Cursor(ByteView data) : data_(data) {}
    bool at_end() const noexcept { return data_.empty(); }
    ByteView take(std::size_t octets) {
        if (octets > data_.size()) throw std::runtime_error("an entry runs past the end");
        const ByteView taken = data_.first(octets);
        data_ = data_.subspan(octets);
        return taken;
    }
    std::uint64_t number(std::size_t octets) {
        std::uint64_t value = 0;
        for (const std::uint8_t octet : take(octets)) value = value << 8 | octet;
        return value;
    }

  private:
    ByteView data_;
};

}  // namespace

FileFlash::FileFlash(std::filesystem::path file) : file_(std::move(file)) {
    if (!std::filesystem::exists(file_)) return;
    try {
        load();
    } catch (const std::system_error&) {
        throw;
    } catch (const std::runtime_error& error) {
        throw std::runtime_error("flash " + file_.string() + " is damaged: " + error.what());
    }
}

void FileFlash::load() {
    std::ifstream stream(file_, std::ios::binary);
    if (!stream) fail("open " + file_.string());
    const Bytes image(std::istreambuf_iterator<char>(stream), {});
    if (image.size() < magic.size() + hash_octets || !as_text(image).starts_with(magic))
        throw std::runtime_error("it does not begin as a flash file does");
    const ByteView body = ByteView(image).first(image.size() - hash_octets);
    if (Cursor(ByteView(image).last(hash_octets)).number(hash_octets) != runtime::hash64(as_text(body)))
        throw std::runtime_error("its check sum is wrong");
    Cursor cursor(body.subspan(magic.size()));
    std::vector<FlashChange> entries;
    while (!cursor.at_end()) {
        std::string key(as_text(cursor.take(cursor.number(2))));
        const ByteView value = cursor.take(cursor.number(4));
        entries.push_back({std::move(key), Bytes(value.begin(), value.end())});
    }
    cells_.write(entries);
}

Bytes FileFlash::image(const MemoryFlash& cells) const {
    Bytes out;
    put(out, as_bytes(magic));
    for (const std::string& key : cells.keys("")) {
        const auto value = cells.read(key);
        put(out, key.size(), 2);
        put(out, as_bytes(key));
        put(out, value->size(), 4);
        put(out, *value);
    }
    put(out, runtime::hash64(as_text(out)), hash_octets);
    return out;
}

void FileFlash::write(const std::vector<FlashChange>& changes) {
    MemoryFlash next = cells_;
    next.write(changes);
    const std::filesystem::path fresh = file_.string() + ".new";
    {
        const Descriptor out(fresh, O_WRONLY | O_CREAT | O_TRUNC);
        out.write(image(next));
        out.sync();
    }
    if (::rename(fresh.c_str(), file_.c_str()) != 0) fail("rename " + fresh.string());
    const auto folder = file_.has_parent_path() ? file_.parent_path() : std::filesystem::path(".");
    Descriptor(folder, O_RDONLY | O_DIRECTORY).sync();
    cells_ = std::move(next);
}

}  // namespace posbench::terminal
