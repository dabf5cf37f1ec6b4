#include "drivers/protocols/crypto/pem.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace posbench::crypto::pem {
namespace {

constexpr std::string_view begin_line = "-----BEGIN ";
constexpr std::string_view blanks = " \t\r\n";
/// A key of 1984 bits takes less than 2000 characters.
constexpr std::size_t longest_text = 16'384;

/// What stands between BEGIN and END. Wiped when it goes: it may be a private key.
struct Block {
    std::string type;
    Bytes der;

    Block(std::string_view type_, ByteView der_) : type(type_), der(der_.begin(), der_.end()) {}
    Block(Block&&) noexcept = default;
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    ~Block() {
        if (!der.empty()) OPENSSL_cleanse(der.data(), der.size());
    }
};

/// What PEM_read_bio allocates.
struct Parts {
    char* type = nullptr;
    char* header = nullptr;
    unsigned char* der = nullptr;
    long size = 0;

    Parts() = default;
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    ~Parts() {
        OPENSSL_free(type);
        OPENSSL_free(header);
        OPENSSL_clear_free(der, static_cast<std::size_t>(size));
    }
};

/// The one block of `text`. OpenSSL's readers of keys are not used: they skip what stands around a block, and
/// ask at the terminal for the passphrase of an enciphered one.
Result<Block> read_block(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos || !text.substr(first).starts_with(begin_line))
        return Error{"a key in PEM begins with '-----BEGIN '"};
    if (text.size() > longest_text)
        return Error{fmt::format("a key in PEM has at most {} characters, this text has {}", longest_text,
                                 text.size())};
    const auto bio = own(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), "reading PEM");
    Parts parts;
    if (PEM_read_bio(bio.get(), &parts.type, &parts.header, &parts.der, &parts.size) != 1) {
        ERR_clear_error();
        return Error{"the PEM text is not whole: a line between BEGIN and END, or the END, is wrong"};
    }
    const std::string_view type = parts.type;
    if (*parts.header != '\0' || type.starts_with("ENCRYPTED"))
        return Error{"the key in PEM is enciphered with a passphrase, or has headers"};
    char* rest = nullptr;
    const long left = BIO_get_mem_data(bio.get(), &rest);
    if (left > 0 && std::string_view(rest, static_cast<std::size_t>(left)).find_first_not_of(blanks) !=
                        std::string_view::npos)
        return Error{"something stands behind the key in PEM"};
    return Block(type, {parts.der, static_cast<std::size_t>(parts.size)});
}

/// The key of `block`; null when its DER cannot be read or is followed by more.
Owned<EVP_PKEY> decode(const Block& block) {
    const unsigned char* at = block.der.data();
    const auto size = static_cast<long>(block.der.size());
    Owned<EVP_PKEY> key;
    if (block.type == public_info) {
        key.reset(d2i_PUBKEY(nullptr, &at, size));
    } else if (block.type == pkcs1) {
        key.reset(d2i_PrivateKey(EVP_PKEY_RSA, nullptr, &at, size));
    } else if (block.type == sec1) {
        key.reset(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, size));
    } else if (const Owned<PKCS8_PRIV_KEY_INFO> info{d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, size)}; info) {
        key.reset(EVP_PKCS82PKEY(info.get()));
    }
    ERR_clear_error();
    const bool whole = at == block.der.data() + block.der.size();
    return whole ? std::move(key) : nullptr;
}

std::string contents(BIO* bio) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Result<Owned<EVP_PKEY>> read_key(std::string_view text, std::initializer_list<std::string_view> labels) {
    auto block = read_block(text);
    if (!block) return block.error();
    if (std::ranges::find(labels, block->type) == labels.end()) {
        const bool is_private = block->type.ends_with(pkcs8);
        return Error{fmt::format("the PEM text holds {}, not {}",
                                 is_private                   ? "a private key"
                                 : block->type == public_info ? "a public key"
                                                              : "something else",
                                 fmt::join(labels, " or "))};
    }
    Owned<EVP_PKEY> key = decode(*block);
    if (!key) return Error{fmt::format("what the PEM text holds is no DER of a {}", block->type)};
    return key;
}

Bytes component(const EVP_PKEY* key, const char* name) {
    BIGNUM* value = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &value) != 1) {
        ERR_clear_error();
        return {};
    }
    const Owned<BIGNUM> owned(value);
    return octets(value, static_cast<std::size_t>(BN_num_bytes(value)));
}

std::string write_public(EVP_PKEY* key) {
    const auto bio = own(BIO_new(BIO_s_mem()), "writing PEM");
    require(PEM_write_bio_PUBKEY(bio.get(), key), "writing a public key as PEM");
    return contents(bio.get());
}

std::string write_private(EVP_PKEY* key) {
    const auto bio = own(BIO_new(BIO_s_secmem()), "writing PEM");
    require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr),
            "writing a private key as PEM");
    return contents(bio.get());
}

}  // namespace posbench::crypto::pem
