/* Time that only goes forward. */
#ifndef GATEHOUSE_CLOCK_H
#define GATEHOUSE_CLOCK_H

/* Milliseconds since some moment before the start of this process. */
long long now_ms(void);

#endif
