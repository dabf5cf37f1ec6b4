#include <benchmark/benchmark.h>

#include "drivers/protocols/crypto/rsa.hpp"
#include "drivers/protocols/crypto/sm.hpp"
#include "drivers/protocols/emv/cryptogram.hpp"

namespace {

using namespace posbench;

/// A card's signature over a block as long as its key; the argument is the key's length in bits.
void rsa_sign(benchmark::State& state) {
    const auto key = crypto::RsaPrivateKey::generate(static_cast<std::size_t>(state.range(0)), 3);
    const Bytes block(key.size(), 0x6A);
    for (auto _ : state) benchmark::DoNotOptimize(key.sign(block));
}
BENCHMARK(rsa_sign)->Arg(1024)->Arg(1152)->Arg(1408)->Arg(1984);

/// What a terminal does with each certificate.
void rsa_recover(benchmark::State& state) {
    const auto key = crypto::RsaPrivateKey::generate(static_cast<std::size_t>(state.range(0)), 3);
    const Bytes block(key.size(), 0x6A);
    for (auto _ : state) benchmark::DoNotOptimize(key.public_key().recover(block));
}
BENCHMARK(rsa_recover)->Arg(1024)->Arg(1152)->Arg(1408)->Arg(1984);

/// An ARQC of UnionPay's version, session key and all.
void application_cryptogram(benchmark::State& state) {
    const auto master =
        crypto::card_master_key(hex("0123456789ABCDEFFEDCBA9876543210"), "1234567890123456", "00").value();
    emv::CryptogramInput input;
    input.issuer_data = hex("07010103A0000001");
    for (auto _ : state) {
        ++input.atc;
        benchmark::DoNotOptimize(emv::make_cryptogram(emv::CryptogramVersion::unionpay_01, master, input));
    }
}
BENCHMARK(application_cryptogram);

void sm2_sign(benchmark::State& state) {
    const auto key = crypto::Sm2PrivateKey::generate();
    crypto::Block32 nonce{};
    for (auto _ : state) {
        ++nonce[8];
        nonce[31] = 1;
        benchmark::DoNotOptimize(key.sign_with_nonce(as_bytes("message digest"), nonce));
    }
}
BENCHMARK(sm2_sign);

void sm2_verify(benchmark::State& state) {
    const auto key = crypto::Sm2PrivateKey::generate();
    crypto::Block32 nonce{};
    nonce[31] = 7;
    const Bytes signature = key.sign_with_nonce(as_bytes("message digest"), nonce).value();
    for (auto _ : state)
        benchmark::DoNotOptimize(key.public_key().verify(as_bytes("message digest"), signature));
}
BENCHMARK(sm2_verify);

}  // namespace
