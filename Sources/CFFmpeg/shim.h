#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/cpu.h>
#include <libavutil/crc.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

// Macros that Swift cannot import.
static const int anb_error_end = AVERROR_EOF;
static const int anb_error_again = AVERROR(EAGAIN);
static const int anb_error_exit = AVERROR_EXIT;
static const int64_t anb_no_time = AV_NOPTS_VALUE;
