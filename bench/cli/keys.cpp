#include <cerrno>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/cli/commands.hpp"
#include "bench/cli/keys_file.hpp"
#include "bench/judge/verdict.hpp"
#include "bench/station/station.hpp"
#include "drivers/protocols/emv/authority_key.hpp"

namespace posbench::cli {
namespace {

PkiKeys load(const std::string& file) {
    return read_pki(station::load_one_fixture(station::find_library(), "keys", file, station::Keys::by_name));
}

emv::AuthorityKeyName name_of(const std::string& rid, const std::string& index) {
    emv::AuthorityKeyName name;
    const Bytes octets = hex(rid);
    std::copy(octets.begin(), octets.end(), name.rid.begin());
    name.index = hex(index).front();
    return name;
}

/// Closes and, unless it was kept, removes what was begun.
class NewFile {
  public:
    explicit NewFile(std::filesystem::path path)
        : path_(std::move(path)),
          descriptor_(open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)) {
        if (descriptor_ < 0) fail();
    }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile() {
        if (descriptor_ >= 0) close(descriptor_);
        if (!kept_) unlink(path_.c_str());
    }

    void write(std::string_view text) {
        while (!text.empty()) {
            const ssize_t written = ::write(descriptor_, text.data(), text.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail();
            text.remove_prefix(static_cast<std::size_t>(written));
        }
        if (fsync(descriptor_) != 0) fail();
    }
    void keep_as(const std::filesystem::path& path) {
        if (path != path_ && rename(path_.c_str(), path.c_str()) != 0) fail();
        kept_ = true;
    }

  private:
    [[noreturn]] void fail() const {
        throw std::system_error(errno, std::generic_category(), "cannot write " + path_.string());
    }

    std::filesystem::path path_;
    int descriptor_;
    bool kept_ = false;
};

}  // namespace

int keys_generate(const KeysGenerateArguments& arguments) {
    if (const std::string wrong = wrong_sizes(arguments); !wrong.empty()) {
        std::cerr << "posbench: " << wrong << '\n';
        return judge::exit_code::usage;
    }
    const auto& output = arguments.output;
    if (!output.empty() && !arguments.force && std::filesystem::exists(output)) {
        std::cerr << "posbench: " << output.string() << " exists; --force replaces it\n";
        return judge::exit_code::usage;
    }
    const std::string text = to_toml(generate_pki(arguments));
    if (output.empty()) {
        std::cout << text;
        return judge::exit_code::passed;
    }
    // With --force the keys that are there stay until the new ones are written.
    auto beside = output;
    if (arguments.force) beside += ".new";
    NewFile file(beside);
    file.write(text);
    file.keep_as(output);
    return judge::exit_code::passed;
}

int keys_show(const KeysShowArguments& arguments) {
    const PkiKeys keys = load(arguments.file);
    std::cout << fmt::format("{:16}  {:>4}  {:8}  SHA-1 of the modulus\n", "entry", "bits", "exponent");
    for (const auto& [name, key] : keys.public_keys())
        std::cout << fmt::format("{:16}  {:4}  {:8}  {}\n", name, 8 * key->size(),
                                 key->exponent().size() == 1 ? "3" : "65537",
                                 to_hex(crypto::sha1(key->modulus())));
    const auto* authority = keys.authority_key();
    if (authority && !arguments.rid.empty()) {
        const auto name = name_of(arguments.rid, arguments.index);
        std::cout << fmt::format("\ncheck sum of the authority's key as {} {:02X}: {}\n", to_hex(name.rid),
                                 name.index, to_hex(emv::check_sum(name, *authority)));
    }
    return judge::exit_code::passed;
}

int keys_capk(const KeysCapkArguments& arguments) {
    const PkiKeys keys = load(arguments.file);
    const auto* authority = keys.authority_key();
    if (!authority) {
        std::cerr << "posbench: " << arguments.file << " has neither 'authority_public' nor 'authority'\n";
        return judge::exit_code::usage;
    }
    const auto name = name_of(arguments.rid, arguments.index);
    std::cout << fmt::format(
        "[[authority_key]]\nrid            = \"{}\"\nindex          = \"{:02X}\"\n"
        "modulus        = \"{}\"\nexponent       = \"{}\"\nhash_algorithm = \"01\"\n"
        "checksum       = \"{}\"\n",
        to_hex(name.rid), name.index, to_hex(authority->modulus()), to_hex(authority->exponent()),
        to_hex(emv::check_sum(name, *authority)));
    return judge::exit_code::passed;
}

}  // namespace posbench::cli
