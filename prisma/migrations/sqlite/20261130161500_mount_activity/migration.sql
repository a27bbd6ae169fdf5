-- CreateTable
CREATE TABLE "ActivitySeries" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "mountId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "ActivityPoint" (
    "step" INTEGER NOT NULL,
    "slot" INTEGER NOT NULL,
    "seriesId" INTEGER NOT NULL,
    "newestMs" INTEGER NOT NULL,
    "latencySeconds" REAL NOT NULL,
    "latencyMsSeconds" REAL NOT NULL,
    "latencyMostMs" REAL NOT NULL,
    "ioSeconds" REAL NOT NULL,
    "readBytes" REAL NOT NULL,
    "writtenBytes" REAL NOT NULL,
    "operations" REAL NOT NULL,
    "waitedMs" REAL NOT NULL,
    "isOfDisk" BOOLEAN NOT NULL,

    PRIMARY KEY ("step", "slot", "seriesId")
) WITHOUT ROWID;

-- CreateIndex
CREATE UNIQUE INDEX "ActivitySeries_mountId_hostId_key" ON "ActivitySeries"("mountId", "hostId");
