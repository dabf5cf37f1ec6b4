#pragma once

#include <string>

#include "bench/cli/arguments.hpp"

/// One function a command; each returns the exit code and throws config::ConfigError for files that do not
/// hold.
namespace posbench::cli {

/// What all commands share.
struct Surroundings {
    std::string line;  ///< the command line, for "how to run the same again"
    reports::ConsoleOptions console;
};

int run(const RunArguments& arguments, const Surroundings& here);
int list(const ListArguments& arguments, const Surroundings& here);
int show(const ShowArguments& arguments, const Surroundings& here);
int validate(const ValidateArguments& arguments, const Surroundings& here);
int judge_trace(const JudgeArguments& arguments, const Surroundings& here);
int schema();
int doctor(const DoctorArguments& arguments, const Surroundings& here);
int card_show(const CardShowArguments& arguments, const Surroundings& here);
/// 1 when an expectation of the script was not met.
int card_apdu(const CardApduArguments& arguments, const Surroundings& here);
/// Ends by a signal only: 128 + its number.
int card_serve(const CardServeArguments& arguments, const Surroundings& here);
int card_import(const CardImportArguments& arguments, const Surroundings& here);
int keys_generate(const KeysGenerateArguments& arguments);
int keys_show(const KeysShowArguments& arguments);
int keys_capk(const KeysCapkArguments& arguments);
int iso8583_decode(const Iso8583DecodeArguments& arguments, const Surroundings& here);
int iso8583_encode(const Iso8583EncodeArguments& arguments);
/// Ends by a signal only: 128 + its number.
int host_serve(const HostServeArguments& arguments, const Surroundings& here);
/// 1 when a sale was not approved.
int host_load(const HostLoadArguments& arguments, const Surroundings& here);
/// Passes octets between terminals and an acquirer until a signal comes.
int host_proxy(const HostProxyArguments& arguments, const Surroundings& here);

std::string version();

}  // namespace posbench::cli
