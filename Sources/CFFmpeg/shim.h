#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/cpu.h>
#include <libavutil/crc.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

// Macros that Swift cannot import.
static const int anb_error_end = AVERROR_EOF;
static const int anb_error_again = AVERROR(EAGAIN);
static const int anb_error_exit = AVERROR_EXIT;
static const int64_t anb_no_time = AV_NOPTS_VALUE;

// Without it libavcodec 59 asks for memory on the thread that drives the decoder; later versions always ask on their own threads.
static inline void anb_ask_on_own_threads(AVCodecContext *decoder) {
#if LIBAVCODEC_VERSION_MAJOR < 60
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    decoder->thread_safe_callbacks = 1;
#pragma GCC diagnostic pop
#endif
}

// In the time base of the packets; 0 when unknown. libavutil 58 renamed it.
static inline int64_t anb_frame_duration(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_MAJOR < 58
    return frame->pkt_duration;
#else
    return frame->duration;
#endif
}
