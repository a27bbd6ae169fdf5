-- CreateTable
CREATE TABLE "Heartbeat" (
    "id" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "target" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "caCertificate" TEXT,
    "everyMinutes" INTEGER NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "dueAt" TIMESTAMP(3) NOT NULL,
    "isAsked" BOOLEAN NOT NULL DEFAULT false,
    "pings" INTEGER NOT NULL DEFAULT 0,
    "takenAt" TIMESTAMP(3),
    "failedSince" TIMESTAMP(3),
    "answer" TEXT,
    "withheldSince" TIMESTAMP(3),
    "withheld" TEXT,

    CONSTRAINT "Heartbeat_pkey" PRIMARY KEY ("id")
);
