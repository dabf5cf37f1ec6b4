#include "drivers/protocols/crypto/ecb.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/crypto.h>
#include <openssl/err.h>

namespace posbench::crypto {
namespace {

[[noreturn]] void throw_openssl(std::string_view tried) {
    std::array<char, 256> reason{"no reason given"};
    if (const auto code = ERR_get_error(); code != 0) ERR_error_string_n(code, reason.data(), reason.size());
    ERR_clear_error();
    throw std::runtime_error("OpenSSL, " + std::string(tried) + ": " + reason.data());
}

struct FreeCipher {
    void operator()(EVP_CIPHER* cipher) const noexcept { EVP_CIPHER_free(cipher); }
};
using Cipher = std::unique_ptr<EVP_CIPHER, FreeCipher>;

Cipher fetch(const char* name) {
    Cipher cipher(EVP_CIPHER_fetch(nullptr, name, nullptr));
    if (!cipher) throw_openssl(std::string("fetching cipher ") + name);
    return cipher;
}

/// A copy of a key that is wiped when it goes.
class KeyCopy {
  public:
    KeyCopy() = default;
    KeyCopy(const KeyCopy&) = delete;
    KeyCopy& operator=(const KeyCopy&) = delete;
    ~KeyCopy() { OPENSSL_cleanse(octets_.data(), octets_.size()); }
    std::uint8_t* data() noexcept { return octets_.data(); }
    ByteView view() const noexcept { return octets_; }

  private:
    std::array<std::uint8_t, 24> octets_{};
};

}  // namespace

EcbContext::EcbContext(const EVP_CIPHER* cipher, ByteView key, Direction direction)
    : context_(EVP_CIPHER_CTX_new()) {
    if (!context_) throw_openssl("making a cipher context");
    const int encrypt = direction == Direction::encrypt ? 1 : 0;
    if (EVP_CipherInit_ex2(context_.get(), cipher, key.data(), nullptr, encrypt, nullptr) != 1)
        throw_openssl("setting a cipher's key");
    if (EVP_CIPHER_CTX_set_padding(context_.get(), 0) != 1) throw_openssl("switching padding off");
}

EcbContext EcbContext::des(ByteView key, Direction direction) {
    static const Cipher cipher = fetch("DES-EDE3-ECB");
    if (key.size() != 8 && key.size() != 16 && key.size() != 24)
        throw std::invalid_argument("a DES key has 8, 16 or 24 octets, this one " +
                                    std::to_string(key.size()));
    // K | K | K and K1 | K2 | K1: single and two-key triple DES as cases of three-key triple DES.
    KeyCopy three;
    for (std::size_t i = 0; i < 24; ++i) three.data()[i] = key[i % key.size()];
    return EcbContext(cipher.get(), three.view(), direction);
}

EcbContext EcbContext::sm4(ByteView key) {
    static const Cipher cipher = fetch("SM4-ECB");
    if (key.size() != 16)
        throw std::invalid_argument("an SM4 key has 16 octets, this one " + std::to_string(key.size()));
    return EcbContext(cipher.get(), key, Direction::encrypt);
}

void EcbContext::update(ByteView data, std::uint8_t* out) const {
    int written = 0;
    if (EVP_CipherUpdate(context_.get(), out, &written, data.data(), static_cast<int>(data.size())) != 1)
        throw_openssl("running a cipher");
    if (static_cast<std::size_t>(written) != data.size())
        throw std::runtime_error("OpenSSL, running a cipher: " + std::to_string(data.size()) +
                                 " octets in, " + std::to_string(written) + " out");
}

}  // namespace posbench::crypto
