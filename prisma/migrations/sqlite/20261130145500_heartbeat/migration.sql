-- CreateTable
CREATE TABLE "Heartbeat" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "target" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "caCertificate" TEXT,
    "everyMinutes" INTEGER NOT NULL,
    "updatedAt" DATETIME NOT NULL,
    "dueAt" DATETIME NOT NULL,
    "isAsked" BOOLEAN NOT NULL DEFAULT false,
    "pings" INTEGER NOT NULL DEFAULT 0,
    "takenAt" DATETIME,
    "failedSince" DATETIME,
    "answer" TEXT,
    "withheldSince" DATETIME,
    "withheld" TEXT
);
