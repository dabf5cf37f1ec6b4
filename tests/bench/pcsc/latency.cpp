// How long a command takes from a PC/SC program through pcscd and vpcd to `posbench card serve` and back. Run
// by `tests/run bench` in tests/support/pcsc-room.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <winscard.h>

namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

void check(LONG status, const char* what) {
    if (status != SCARD_S_SUCCESS)
        throw std::runtime_error(fmt::format("{}: {}", what, pcsc_stringify_error(status)));
}

class Card {
  public:
    Card() {
        check(SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_),
              "SCardEstablishContext");
        char* readers = nullptr;
        DWORD size = SCARD_AUTOALLOCATE;
        check(SCardListReaders(context_, nullptr, reinterpret_cast<char*>(&readers), &size),
              "SCardListReaders");
        DWORD protocol = 0;
        const LONG status = SCardConnect(context_, readers, SCARD_SHARE_EXCLUSIVE,
                                         SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card_, &protocol);
        SCardFreeMemory(context_, readers);
        check(status, "SCardConnect");
        header_ = protocol == SCARD_PROTOCOL_T1 ? SCARD_PCI_T1 : SCARD_PCI_T0;
    }
    Card(const Card&) = delete;
    Card& operator=(const Card&) = delete;
    ~Card() {
        SCardDisconnect(card_, SCARD_LEAVE_CARD);
        SCardReleaseContext(context_);
    }

    /// @throws std::runtime_error unless the card answers 9000
    void transmit(const std::vector<unsigned char>& command) {
        std::array<unsigned char, 258> answer{};
        DWORD size = answer.size();
        check(SCardTransmit(card_, header_, command.data(), command.size(), nullptr, answer.data(), &size),
              "SCardTransmit");
        if (size < 2 || answer[size - 2] != 0x90 || answer[size - 1] != 0x00)
            throw std::runtime_error("the card did not answer 9000");
    }

  private:
    SCARDCONTEXT context_ = 0;
    SCARDHANDLE card_ = 0;
    const SCARD_IO_REQUEST* header_ = nullptr;
};

Microseconds at(const std::vector<Microseconds>& sorted, double part) {
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const int count = argc > 1 ? std::stoi(argv[1]) : 1000;
        if (count < 1) throw std::runtime_error("a number of commands, from 1");
        Card card;
        const std::vector<unsigned char> select_directory{0x00, 0xA4, 0x04, 0x00, 0x0E, '1', 'P',
                                                          'A',  'Y',  '.',  'S',  'Y',  'S', '.',
                                                          'D',  'D',  'F',  '0',  '1',  0x00};
        const std::vector<unsigned char> read_record{0x00, 0xB2, 0x01, 0x0C, 0x00};
        card.transmit(select_directory);
        std::vector<Microseconds> times;
        for (int i = 0; i < count; ++i) {
            const auto begin = Clock::now();
            card.transmit(read_record);
            times.emplace_back(Clock::now() - begin);
        }
        std::ranges::sort(times);
        fmt::print(
            "READ RECORD through PC/SC and vpcd, {} times: p50 {:.0f} us, p95 {:.0f} us, most {:.0f} us "
            "(p95 is to be under 1000 us)\n",
            count, at(times, 0.5).count(), at(times, 0.95).count(), times.back().count());
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        fmt::print(stderr, "pcsc_latency: {}\n", error.what());
        return EXIT_FAILURE;
    }
}
