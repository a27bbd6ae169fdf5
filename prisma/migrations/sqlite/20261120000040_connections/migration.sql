-- CreateTable
CREATE TABLE "BackendOnHost" (
    "backendId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "desired" TEXT NOT NULL,
    "desiredGeneration" INTEGER NOT NULL,
    "observedState" TEXT NOT NULL DEFAULT 'disconnected',
    "observedGeneration" INTEGER,
    "observedAt" DATETIME,
    "observedSince" DATETIME,
    "observedError" TEXT,
    "observedProblem" TEXT,
    "observedAdvice" TEXT,
    "summary" TEXT,
    "details" JSONB,
    "nextAttemptAt" DATETIME,
    "attempts" INTEGER NOT NULL DEFAULT 0,

    PRIMARY KEY ("backendId", "hostId"),
    CONSTRAINT "BackendOnHost_backendId_fkey" FOREIGN KEY ("backendId") REFERENCES "Backend" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "BackendOnHost_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "BackendOnHost_hostId_idx" ON "BackendOnHost"("hostId");


